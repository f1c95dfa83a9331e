# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One servo handles goals like a Dynamixel: profiles, limits, torque, registers."""

from __future__ import annotations

import math

import pytest

from genvla_sim.arm.servo import (
    XM430_W350,
    XM540_W270,
    ServoError,
    XsServo,
    radians_from_ticks,
    ticks_from_radians,
)
from genvla_viperx.arm.gripper import finger_from_angle

HALF_TICK = math.pi / 4096


def servo(**kwargs: object) -> XsServo:
    made = XsServo(1, XM540_W270, position=0.0, **kwargs)
    made.set_mode('position', 'time', 2000, 300)
    return made


def test_a_goal_is_reached_after_the_profile_s_time() -> None:
    joint = servo()
    joint.command(1.0, 10.0)
    assert joint.reference(10.0) == 0.0
    assert joint.reference(11.0) == pytest.approx(0.5, abs=HALF_TICK)
    assert joint.reference(11.99) < joint.reference(12.0)
    assert joint.reference(12.0) == pytest.approx(1.0, abs=HALF_TICK)


def test_a_goal_in_mid_motion_starts_where_the_reference_is() -> None:
    joint = servo()
    joint.command(1.0, 0.0)
    before = joint.reference(1.0)
    joint.command(-1.0, 1.0)
    assert joint.reference(1.0) == before
    assert joint.reference(3.0) == pytest.approx(-1.0, abs=HALF_TICK)


def test_profile_registers_take_effect_at_the_next_goal() -> None:
    joint = servo()
    joint.write('Profile_Velocity', 1000)
    joint.write('Profile_Acceleration', 0)
    joint.command(1.0, 0.0)
    assert joint.reference(0.5) == pytest.approx(0.5, abs=HALF_TICK)


def test_a_step_moves_at_the_motors_own_speed() -> None:
    joint = servo()
    joint.write('Profile_Velocity', 0)
    joint.command(3.14, 0.0)
    assert joint.reference(0.5) == pytest.approx(1.57, abs=HALF_TICK)
    assert joint.reference(1.01) == pytest.approx(3.14, abs=HALF_TICK)


def test_a_velocity_profile_runs_at_its_speed() -> None:
    joint = servo()
    joint.set_mode('position', 'velocity', 20, 0)  # 20 x 0.229 rpm = 0.48 rad/s
    joint.command(2.0, 0.0)
    assert joint.reference(1.0) == pytest.approx(0.4796, abs=2e-3)


@pytest.mark.parametrize('goal', [1.3, -1.9, math.nan, math.inf])
def test_a_goal_beyond_the_servo_s_limits_is_ignored(goal: float) -> None:
    joint = servo(limits_ticks=(841, 2867))
    joint.command(goal, 0.0)
    assert joint.reference(5.0) == 0.0


def test_without_torque_goals_are_ignored_and_the_reference_follows_the_shaft() -> None:
    joint = servo()
    joint.set_torque(False)
    joint.command(1.0, 0.0)
    joint.measure(-0.2)
    assert joint.reference(5.0) == -0.2


def test_torque_on_holds_the_current_position() -> None:
    joint = servo()
    joint.command(1.0, 0.0)
    joint.set_torque(False)
    joint.measure(0.3)
    joint.set_torque(True)
    assert joint.reference(5.0) == 0.3


def test_changing_the_mode_ends_the_current_motion() -> None:
    joint = servo()
    joint.command(1.0, 0.0)
    joint.measure(0.5)
    joint.set_mode('position', 'time', 200, 50)
    assert joint.reference(5.0) == 0.5


def test_an_overload_switches_torque_off_until_the_reboot() -> None:
    joint = servo()
    joint.overload()
    joint.set_torque(True)
    assert (joint.torque_on, joint.registers['Hardware_Error_Status']) == (False, 32)
    joint.reboot()
    joint.set_torque(True)
    assert (joint.torque_on, joint.registers['Hardware_Error_Status']) == (True, 0)


def test_a_reboot_resets_the_ram_registers() -> None:
    joint = servo()
    joint.write('Position_P_Gain', 640)
    joint.write('Goal_Current', 100)
    joint.reboot()
    assert (joint.registers['Profile_Velocity'], joint.registers['Position_P_Gain']) == (0, 800)
    assert joint.registers['Goal_Current'] == joint.registers['Current_Limit'] == 2047
    assert joint.registers['Drive_Mode'] == 4


def test_a_change_of_mode_resets_the_profile_and_the_driver_writes_it_in_position_modes_only() -> (
    None
):
    joint = servo()
    joint.set_mode('current_based_position', 'time', 250, 100)
    assert (joint.registers['Operating_Mode'], joint.registers['Profile_Velocity']) == (5, 0)
    joint.set_mode('position', 'time', 250, 100)
    assert (joint.registers['Operating_Mode'], joint.registers['Profile_Velocity']) == (3, 250)


def test_a_current_limits_the_torque_in_one_mode_only() -> None:
    gripper = XsServo(9, XM430_W350, position=0.0)
    gripper.write('Goal_Current', 186)  # 500 mA of the 2300 that stall it at 4.1 N m
    assert gripper.torque_limit == math.inf
    gripper.set_mode('current_based_position', 'time', 250, 100)
    assert gripper.torque_limit == pytest.approx(1193 * 2.69 * 4.1 / 2300)
    gripper.write('Goal_Current', 186)
    assert gripper.torque_limit == pytest.approx(0.892, abs=1e-3)


def test_linear_position_is_the_full_opening_in_metres() -> None:
    gripper = XsServo(9, XM430_W350, position=0.0)
    gripper.set_mode('linear_position', 'time', 500, 100)
    gripper.command(0.1, 0.0)
    assert finger_from_angle(gripper.reference(1.0)) == pytest.approx(0.05, abs=2e-5)


def test_an_opening_that_the_linkage_cannot_reach_is_ignored() -> None:
    gripper = XsServo(9, XM430_W350, position=0.0)
    gripper.set_mode('linear_position', 'time', 500, 100)
    gripper.command(0.0, 0.0)
    assert gripper.reference(1.0) == 0.0


def test_pwm_drives_to_the_stop_at_a_proportional_speed() -> None:
    gripper = XsServo(9, XM430_W350, position=0.0, stops=(-0.4, 1.3))
    gripper.set_mode('pwm', 'velocity', 0, 0)
    gripper.command(-885 / 4.82 * 0.1, 0.0)  # 0.1 rad/s
    assert gripper.reference(1.0) == pytest.approx(-0.1)
    assert gripper.reference(60.0) == -0.4


def test_zero_pwm_holds_the_current_position() -> None:
    gripper = XsServo(9, XM430_W350, position=0.0, stops=(-0.4, 1.3))
    gripper.set_mode('pwm', 'velocity', 0, 0)
    gripper.command(300.0, 0.0)
    gripper.measure(0.7)
    gripper.command(0.0, 1.0)
    assert gripper.reference(9.0) == 0.7


@pytest.mark.parametrize(
    ('register', 'message'),
    [
        ('Profile_Speed', 'not simulated; available: ID'),
        ('Hardware_Error_Status', 'read-only'),
        ('Current_Limit', 'switch torque off first'),
    ],
)
def test_an_unwritable_register_is_refused_with_the_reason(register: str, message: str) -> None:
    with pytest.raises(ServoError, match=message):
        servo().write(register, 1)


def test_a_current_above_the_limit_is_refused() -> None:
    joint = servo()
    with pytest.raises(ServoError, match='above Current_Limit'):
        joint.write('Goal_Current', 2048)
    assert joint.registers['Goal_Current'] == 2047


@pytest.mark.parametrize('mode', ['velocity', 'current', 'ext_position', 'Position', ''])
def test_a_mode_that_is_not_simulated_is_refused_and_changes_nothing(mode: str) -> None:
    joint = servo()
    joint.command(1.0, 0.0)
    with pytest.raises(ServoError, match=r"operating mode '\w*' is not simulated"):
        joint.set_mode(mode, 'time', 1, 1)
    assert joint.mode == 'position'
    assert joint.reference(2.0) == pytest.approx(1.0, abs=HALF_TICK)


def test_ticks_are_a_4096th_of_a_turn_around_2048() -> None:
    assert ticks_from_radians(math.pi / 2) == 3072
    assert radians_from_ticks(1024) == pytest.approx(-math.pi / 2)
