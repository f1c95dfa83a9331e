# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The seven numbers of an action, and how they are read from a message."""

from types import SimpleNamespace

import numpy as np

from genvla_command.end_effector_action import (
    ACTION_CONVENTION,
    ACTION_DIM,
    ACTION_NAMES,
    GRIPPER,
    action_from_msg,
    actions_from_msgs,
)

DELTA = SimpleNamespace(
    translation=SimpleNamespace(x=1.0, y=2.0, z=3.0),
    rotation=SimpleNamespace(x=4.0, y=5.0, z=6.0),
    gripper=0.5,
)


def test_an_action_has_six_numbers_of_motion_and_the_gripper():
    assert (ACTION_DIM, GRIPPER) == (7, 6)


def test_the_convention_lists_every_number_in_order():
    words = [word for word in ACTION_CONVENTION.replace(',', '').split() if word in ACTION_NAMES]
    assert tuple(words) == ACTION_NAMES


def test_translation_comes_before_rotation_and_the_gripper_comes_last():
    assert action_from_msg(DELTA) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5]


def test_an_empty_chunk_has_seven_columns():
    assert actions_from_msgs([]).shape == (0, 7)
    np.testing.assert_array_equal(actions_from_msgs([DELTA, DELTA])[:, GRIPPER], [0.5, 0.5])
