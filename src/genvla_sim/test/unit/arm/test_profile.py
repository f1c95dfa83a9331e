# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A servo's profile arrives on time, at rest, without a jump."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
import pytest

from genvla_sim.arm.profile import ServoProfile, travel_time

ANGLES = st.floats(-3.0, 3.0)
TIMES = st.floats(0.05, 5.0)


def test_plateau_speed_is_the_distance_over_the_time_without_one_ramp() -> None:
    profile = ServoProfile(start=0.0, goal=1.7, start_s=0.0, duration_s=2.0, ramp_s=0.3)
    assert profile.velocity(1.0) == pytest.approx(1.7 / (2.0 - 0.3))


def test_half_of_the_distance_takes_half_of_the_time() -> None:
    profile = ServoProfile(start=1.0, goal=2.0, start_s=10.0, duration_s=2.0, ramp_s=0.3)
    assert profile.position(11.0) == pytest.approx(1.5)


def test_ramps_longer_than_half_of_the_time_are_shortened_to_it() -> None:
    profile = ServoProfile(start=0.0, goal=1.0, start_s=0.0, duration_s=1.0, ramp_s=5.0)
    assert profile.velocity(0.5) == pytest.approx(2.0)
    assert profile.velocity(0.25) == pytest.approx(1.0)


def test_zero_duration_is_a_step() -> None:
    profile = ServoProfile(start=0.0, goal=1.0, start_s=5.0, duration_s=0.0, ramp_s=0.3)
    assert profile.position(4.999) == 0.0
    assert profile.position(5.0) == 1.0
    assert profile.velocity(5.0) == 0.0


def test_no_ramp_is_constant_speed() -> None:
    profile = ServoProfile(start=0.0, goal=-1.0, start_s=0.0, duration_s=2.0)
    assert profile.position(0.5) == pytest.approx(-0.25)
    assert profile.velocity(0.5) == pytest.approx(-0.5)


def test_a_goal_in_mid_motion_does_not_stop_the_servo() -> None:
    first = ServoProfile(start=0.0, goal=1.0, start_s=0.0, duration_s=1.0, ramp_s=0.2)
    second = ServoProfile(
        start=first.position(0.5),
        goal=2.0,
        start_s=0.5,
        duration_s=1.0,
        ramp_s=0.2,
        start_velocity=first.velocity(0.5),
    )
    assert second.velocity(0.5) == pytest.approx(1.25)
    assert second.position(1.5) == 2.0


@given(ANGLES, ANGLES, TIMES, TIMES, st.floats(-3.0, 3.0))
def test_it_ends_exactly_at_the_goal_and_at_rest(
    start: float, goal: float, duration_s: float, ramp_s: float, velocity: float
) -> None:
    profile = ServoProfile(start, goal, 1.0, duration_s, ramp_s, velocity)
    assert profile.position(profile.end_s) == goal
    assert profile.velocity(profile.end_s) == 0.0
    assert profile.position(profile.end_s - 1e-6) == pytest.approx(goal, abs=1e-3)


@given(ANGLES, ANGLES, TIMES, TIMES, st.floats(0.0, 1.0))
def test_position_never_jumps(
    start: float, goal: float, duration_s: float, ramp_s: float, fraction: float
) -> None:
    profile = ServoProfile(start, goal, 0.0, duration_s, ramp_s)
    time_s = fraction * duration_s
    moved = profile.position(time_s + 1e-6) - profile.position(time_s)
    assert abs(moved) <= abs(profile.plateau_velocity) * 1e-6 + 1e-9


@given(ANGLES, ANGLES, TIMES, TIMES, st.floats(0.0, 1.0))
def test_from_rest_it_stays_between_start_and_goal(
    start: float, goal: float, duration_s: float, ramp_s: float, fraction: float
) -> None:
    profile = ServoProfile(start, goal, 0.0, duration_s, ramp_s)
    position = profile.position(fraction * duration_s)
    assert min(start, goal) - 1e-9 <= position <= max(start, goal) + 1e-9


def test_a_long_motion_at_limited_speed_has_a_plateau() -> None:
    assert travel_time(-3.0, speed=1.0, acceleration=2.0) == (3.5, 0.5)


def test_a_short_motion_at_limited_speed_brakes_half_way() -> None:
    assert travel_time(0.02, speed=1.0, acceleration=2.0) == pytest.approx((0.2, 0.1))


def test_no_speed_limit_is_a_step() -> None:
    assert travel_time(1.0, speed=0.0, acceleration=2.0) == (0.0, 0.0)
