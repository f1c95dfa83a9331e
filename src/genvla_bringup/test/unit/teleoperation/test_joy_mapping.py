# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A gamepad's axes and buttons, and a keyboard's keys."""

from __future__ import annotations

import math

import pytest

from genvla_bringup.teleoperation.joy_mapping import JoyMapping
from genvla_bringup.teleoperation.keyboard import KEYS, Keyboard

MAPPING = JoyMapping(axes=(0, 1, 2, 3, 4, 5), max_translation=0.01, max_rotation=0.1)


def test_full_deflection_is_the_largest_step_and_the_dead_zone_none():
    assert MAPPING.step([1.0, -1.0, 0.1, 0.05, 0.0, 1.0]) == pytest.approx(
        [0.01, -0.01, 0.0, 0.0, 0.0, 0.1]
    )


def test_control_is_fine_near_the_centre():
    assert MAPPING.step([0.55, 0, 0, 0, 0, 0])[0] == pytest.approx(0.01 * 0.25)


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf, 7.0, -7.0])
def test_no_gamepad_moves_it_further_than_the_largest_step(value):
    assert all(abs(part) <= 0.1 for part in MAPPING.step([value] * 6))
    assert abs(MAPPING.step([value] * 6)[0]) <= 0.01


def test_axes_that_are_not_there_do_not_move():
    assert MAPPING.step([1.0]) == pytest.approx([0.01, 0, 0, 0, 0, 0])
    assert JoyMapping(axes=(-1,) * 6).step([1.0] * 8) == [0.0] * 6


def test_an_inverted_axis_counts_the_other_way():
    inverted = JoyMapping(axes=(0, 1, 2, 3, 4, 5), inverted=(True, *[False] * 5))
    assert inverted.step([1.0] * 6)[0] == -inverted.step([1.0] * 6)[1]


def test_the_gripper_stays_as_it_is_without_a_button():
    assert MAPPING.opening([0] * 8, 0.3) == 0.3
    assert MAPPING.opening([1] + [0] * 7, 0.3) == 1.0
    assert MAPPING.opening([1, 1], 0.3) == 0.0
    assert not MAPPING.is_held([1, 1])


@pytest.mark.parametrize('wrong', [{'axes': (0, 1)}, {'dead_zone': 1.0}])
def test_an_invalid_mapping_is_refused(wrong):
    with pytest.raises(ValueError, match='expected'):
        JoyMapping(**wrong)


def test_a_key_is_held_for_a_while_and_its_opposite_releases_it():
    keyboard = Keyboard()
    keyboard.press('w', 10.0)
    assert keyboard.joy(10.3).axes[0] == 1.0
    keyboard.press('s', 10.3)
    keyboard.press('o', 10.3)
    assert keyboard.joy(10.4).axes[0] == -1.0
    assert MAPPING.is_held(keyboard.joy(10.4).buttons)
    assert MAPPING.opening(keyboard.joy(10.4).buttons, 0.0) == 1.0
    silent = keyboard.joy(11.0)
    assert list(silent.axes) == [0.0] * 6
    assert not MAPPING.is_held(silent.buttons)


def test_every_direction_has_a_key():
    assert {KEYS[key] for key in KEYS} == {(axis, sign) for axis in range(6) for sign in (1, -1)}
