# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An action chunk that is read from a bag."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_bags.bag_messages import BagMessages
from genvla_bags.recorded_chunk import chunk_of
from genvla_bags.step_bag import PERIOD_S, START_S
from genvla_bags.topics import CHUNKS_TOPIC


def test_a_chunk_has_the_fields_of_its_message(written, steps):
    message = list(BagMessages(written()).read([CHUNKS_TOPIC]))[2]
    chunk, answer = chunk_of(message), steps[2].chunk
    assert chunk.stamp_ns == round((START_S + 2 * PERIOD_S) * 1e9)
    assert chunk.arrival_s == pytest.approx(chunk.stamp_s + 0.05)
    np.testing.assert_array_equal(chunk.actions_HA, answer.actions)
    assert chunk.confidence_H.tolist() == [0.5]
    assert (chunk.step_period_s, chunk.inference_s) == pytest.approx((PERIOD_S, 0.05))
    assert (chunk.instruction, chunk.text, chunk.checkpoint) == (
        'pick up the carrot',
        'text 2',
        'tiny',
    )


def test_a_chunk_of_a_gamepad_has_no_confidence(written):
    message = next(BagMessages(written(teleoperated=True)).read([CHUNKS_TOPIC]))
    assert chunk_of(message).confidence_H.shape == (0,)
