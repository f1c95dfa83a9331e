# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert a chunk of actions to a message and back."""

from __future__ import annotations

from builtin_interfaces.msg import Duration, Time
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest

from genvla_command.end_effector_action import actions_from_msgs
from genvla_node.action_chunk import chunk_to_msg

STAMP = Time(sec=1_795_387_210, nanosec=624_595_803)


def message_of(actions, **fields):
    return chunk_to_msg(
        actions,
        **{
            'stamp': STAMP,
            'frame_id': 'vx300s/base_link',
            'instruction': 'pick the carrot',
            'step_period_s': 0.2,
            'checkpoint': 'tiny',
        }
        | fields,
    )


@pytest.fixture
def message():
    return message_of(
        np.array([[0.01, 0.02, 0.03, 0.1, 0.2, 0.3, 1.0], [0.0] * 7]),
        sequence=7,
        confidence=[0.75, 0.5],
        text='0.1000 0.2000',
        inference_s=0.0625,
    )


def test_the_stamp_keeps_its_nanoseconds(message):
    assert message.header.stamp == STAMP


def test_the_message_has_the_given_header_and_figures(message):
    assert (message.header.frame_id, message.sequence) == ('vx300s/base_link', 7)
    assert message.step_period == Duration(sec=0, nanosec=200_000_000)
    assert message.inference_time == Duration(sec=0, nanosec=62_500_000)
    assert list(message.confidence) == [0.75, 0.5]


def test_the_message_has_the_given_texts(message):
    texts = (message.instruction, message.text, message.checkpoint)
    assert texts == ('pick the carrot', '0.1000 0.2000', 'tiny')


def test_translation_and_rotation_fill_their_own_fields(message):
    action = message.actions[0]
    translation, rotation = action.translation, action.rotation
    assert (translation.x, translation.y, translation.z) == (0.01, 0.02, 0.03)
    assert (rotation.x, rotation.y, rotation.z) == (0.1, 0.2, 0.3)
    assert action.gripper == 1.0


def test_a_chunk_that_was_not_inferred_has_no_confidence_and_no_text():
    message = message_of([[0.0] * 7])
    assert (len(message.confidence), message.text, message.sequence) == (0, '', 0)


def test_an_action_of_wrong_length_is_refused():
    with pytest.raises(ValueError, match='expected 7'):
        message_of([[0.0] * 6])


@given(arrays(np.float64, (2, 7), elements=st.floats(-10, 10)))
def test_actions_survive_the_round_trip(actions):
    np.testing.assert_array_equal(actions_from_msgs(message_of(actions).actions), actions)
