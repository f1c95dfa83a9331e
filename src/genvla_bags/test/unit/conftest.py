# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Synthetic control steps, and helpers that write them as a bag and read it back."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from genvla_bags.asking import Asking
from genvla_bags.bag_messages import BagMessages
from genvla_bags.moments import Moments
from genvla_bags.recording import read_recording
from genvla_bags.step_bag import PERIOD_S, START_S, Step, StepBag
from genvla_bags.topics import choose_topics
from genvla_policy.action_chunk import ActionChunk
from genvla_viperx.arm.vx300s import BRIDGE_START_JOINTS


@pytest.fixture(scope='session')
def steps():
    """Return twelve steps that turn the waist and close the gripper, each with its own answer."""
    gradient = np.add.outer(np.arange(24), np.arange(32))[..., None]
    made = []
    for number in range(12):
        q = BRIDGE_START_JOINTS.copy()
        q[0] += 0.02 * number
        opening = 1.0 - 0.05 * number
        chunk = ActionChunk(
            actions=np.array([[0.01, 0.0, -0.001 * number, 0.0, 0.0, 0.02, opening]]),
            step_period_s=PERIOD_S,
            text=f'text {number}',
            confidence=np.array([0.5]),
            inference_s=0.05,
            checkpoint='tiny',
            instruction='pick up the carrot',
            stamp_s=START_S + number * PERIOD_S,
        )
        image = (gradient * np.array([1, 2, 3]) + 5 * number).astype(np.uint8)
        made.append(Step(image, chunk.instruction, q, opening, chunk))
    return made


@pytest.fixture
def written(tmp_path, steps):
    """Return a function that writes these steps, or given ones, as a bag with some options."""

    def write(name='bag', steps=steps, **options):
        return StepBag(**options).write(tmp_path / name, steps)

    return write


@pytest.fixture
def read():
    """Return a function that reads a bag's recording, moments and notices."""

    def read(bag, *, images=(), **asking):
        messages = BagMessages(bag)
        topics = choose_topics(messages.connections(), num_cameras=1, images=images)
        recording = read_recording(messages, topics)
        moments = Moments(
            messages, topics, recording, Asking(horizon=1, period_s=PERIOD_S, **asking)
        )
        found = list(moments)
        notices = ' | '.join([*messages.notices, recording.why_no_view, *moments.left_out()])
        return SimpleNamespace(recording=recording, moments=found, notices=notices)

    return read
