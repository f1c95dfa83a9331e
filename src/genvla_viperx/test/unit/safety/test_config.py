# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The limits of the safety rules."""

from __future__ import annotations

from math import nan, pi

import pytest

from genvla_viperx.safety.config import SafetyConfig


def test_a_low_speed_limit_keeps_goals_close_to_the_arm():
    assert SafetyConfig(max_joint_speed=0.5).max_lead() == pytest.approx(0.5 * 0.4 + 0.1)
    assert SafetyConfig().max_lead() == 1.0


def test_a_low_speed_scale_keeps_goals_as_close_as_a_low_speed_limit():
    assert SafetyConfig().max_lead(0.2) == SafetyConfig(max_joint_speed=0.2 * pi).max_lead()
    assert SafetyConfig().max_lead(0.0) == SafetyConfig().rest_tolerance


def test_an_arm_may_be_one_profile_time_behind_for_long():
    assert SafetyConfig().blocked_lead() == SafetyConfig().max_tracking_error
    assert SafetyConfig().blocked_lead(0.2) == pytest.approx(0.2 * pi * 0.25 + 0.1)


def test_the_limits_of_acceleration_and_jerk_are_those_of_the_servos_profile():
    config = SafetyConfig()
    ramp = config.max_joint_speed / config.acceleration_time_s
    between_ramps_s = config.move_time_s - config.acceleration_time_s
    assert config.max_joint_acceleration == pytest.approx(ramp)
    assert config.max_joint_jerk == pytest.approx(2 * ramp / between_ramps_s)


@pytest.mark.parametrize(
    'wrong',
    [
        {'max_translation': 0.0},
        {'max_rotation': nan},
        {'workspace_lower': (0.6, -0.3, 0.0)},
        {'acceleration_time_s': 0.2},
        {'max_joint_speed': 4.0},
        {'max_joint_acceleration': -1.0},
        {'max_joint_jerk': nan},
        {'effort_limit_ma': (1000.0, 1000.0)},
        {'heartbeat_timeout_s': -1.0},
        {'rest_tolerance': 1.0},
        {'max_tracking_error': 0.0},
        {'tracking_duration_s': -1.0},
        {'driver_restart_s': nan},
    ],
)
def test_a_config_that_would_not_limit_anything_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SafetyConfig(**wrong)


def test_a_refusal_says_which_values_are_allowed():
    with pytest.raises(ValueError, match=r'max_translation is 0\.2, expected 0\.0001 to 0\.1 m'):
        SafetyConfig(max_translation=0.2)
    with pytest.raises(ValueError, match='expected at least 1 mA'):
        SafetyConfig(effort_limit_ma=(3000.0,) * 5 + (0.0,))
    with pytest.raises(ValueError, match='workspace_upper has 2 numbers, expected 3'):
        SafetyConfig(workspace_upper=(0.5, 0.3))
