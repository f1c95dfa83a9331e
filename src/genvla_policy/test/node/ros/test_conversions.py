# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A chunk survives the way through a message."""

from __future__ import annotations

from builtin_interfaces.msg import Duration, Time
from genvla_msgs.msg import ActionChunk as ActionChunkMsg
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest

from genvla_policy.action_chunk import ActionChunk
from genvla_policy.ros.conversions import (
    chunk_from_msg,
    chunk_to_msg,
    delta_from_msg,
    delta_to_msg,
)

STAMP = Time(sec=1_795_387_210, nanosec=624_595_803)


@pytest.fixture
def chunk():
    return ActionChunk(
        actions=np.array([[0.01, 0.02, 0.03, 0.1, 0.2, 0.3, 1.0], [0.0] * 7]),
        step_period_s=0.2,
        text='0.1000 0.2000',
        confidence=np.array([0.75, 0.5]),
        inference_s=0.0625,
        checkpoint='tiny',
        instruction='pick the carrot',
        stamp_s=1_795_387_210.624595803,
    )


@pytest.fixture
def message(chunk):
    return chunk_to_msg(chunk, stamp=STAMP, frame_id='vx300s/base_link', sequence=7)


def test_the_stamp_is_passed_on_to_the_nanosecond(message):
    assert message.header.stamp == STAMP


def test_the_header_and_the_figures_are_those_given(message):
    assert (message.header.frame_id, message.sequence) == ('vx300s/base_link', 7)
    assert message.step_period == Duration(sec=0, nanosec=200_000_000)
    assert message.inference_time == Duration(sec=0, nanosec=62_500_000)
    assert list(message.confidence) == [0.75, 0.5]


def test_translation_and_rotation_are_where_they_belong(message):
    action = message.actions[0]
    translation, rotation = action.translation, action.rotation
    assert (translation.x, translation.y, translation.z) == (0.01, 0.02, 0.03)
    assert (rotation.x, rotation.y, rotation.z) == (0.1, 0.2, 0.3)
    assert action.gripper == 1.0


def test_a_chunk_comes_back_as_it_was(chunk, message):
    back = chunk_from_msg(message)
    assert np.array_equal(back.actions, chunk.actions)
    assert np.array_equal(back.confidence, chunk.confidence)
    for name in (
        'step_period_s',
        'text',
        'inference_s',
        'checkpoint',
        'instruction',
        'stamp_s',
    ):
        assert getattr(back, name) == getattr(chunk, name)


def test_a_message_without_actions_is_no_chunk():
    with pytest.raises(ValueError, match='H >= 1'):
        chunk_from_msg(ActionChunkMsg())


@given(arrays(np.float64, 7, elements=st.floats(-10, 10)))
def test_an_action_comes_back_as_it_was(action):
    assert np.array_equal(delta_from_msg(delta_to_msg(action)), action)
