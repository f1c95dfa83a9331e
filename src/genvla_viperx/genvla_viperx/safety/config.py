# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The limits of the safety rules, and what holds between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import pi

import numpy as np

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.shape import BOX_SIZE, Obstacles


@dataclass(frozen=True)
class SafetyConfig:
    """The limits of every rule.

    Attributes:
        max_translation: Largest dx, dy or dz of one step, above 0 [m]. BridgeData V2 clips each
            component at this value.
        max_rotation: Largest droll, dpitch or dyaw of one step, above 0 [rad]. As above.
        step_period_s: Step period of the policies that the arm is set up for, 0: any [s]. Deltas
            of a slower robot are longer: those of fractal (3 Hz) go up to 0.22 m.
        workspace_lower: Lower corner of the box for the tool's origin, base frame [m].
        workspace_upper: Upper corner [m].
        table_height: Of the plane that all of the arm but the fingers stays above [m].
        fingertip_depth: How far below it the fingers may be sent, at least 0 [m]. In grasping from
            a table the tips press on it lightly; the springs that the servos are make a few
            millimetres a light touch.
        keep_out_boxes: Boxes that no part of the arm may reach into, six numbers each: lower
            corner, upper corner, base frame [m].
        move_time_s: How long the servos take to a new goal (Profile_Velocity) [s].
        acceleration_time_s: Ramp at either end of it (Profile_Acceleration), at most half [s].
        max_joint_speed: Peak speed of a commanded motion, above 0 [rad/s].
        max_joint_jump: Step of one joint that can only be a change of configuration, such as the
            wrist flipping over; it is refused, not slowed down [rad].
        joint_states_timeout_s: Silence after which the arm's state is unknown, above 0 [s].
        heartbeat_timeout_s: Silence after which the policy is taken to be dead, 0: never [s].
        dead_man_timeout_s: Silence of the dead-man switch after which it counts as released, 0:
            there is none [s].
        effort_limit_ma: Current of each joint's motor that means blocked, shape (6,) [mA].
        effort_duration_s: How long a current has to be above it: a start from rest peaks [s].
        measured_tolerance: How far outside its limits a joint may be measured [rad].
        rest_tolerance: How far from its goal a resting joint may be measured: gravity, contact.
            Further, the arm has not arrived, or somebody has moved it and the next step starts
            from where it is [rad].
        max_tracking_error: Distance of a goal from the measured joints that means a blocked arm or
            a servo without torque [rad]...
        tracking_duration_s: ...if it lasts for this much longer than `move_time_s` [s].
        driver_restart_s: Silence of joint states in which the driver may have been restarted: its
            modes and profiles are no longer what they were [s].

    Raises:
        ValueError: If a value is outside its range.
    """

    max_translation: float = 0.05
    max_rotation: float = 0.25
    step_period_s: float = 0.2
    workspace_lower: tuple[float, ...] = (0.10, -0.30, -0.01)
    workspace_upper: tuple[float, ...] = (0.50, 0.30, 0.40)
    table_height: float = 0.0
    fingertip_depth: float = 0.005
    keep_out_boxes: tuple[float, ...] = ()
    move_time_s: float = 0.25
    acceleration_time_s: float = 0.10
    max_joint_speed: float = pi
    max_joint_jump: float = 1.0
    joint_states_timeout_s: float = 0.3
    heartbeat_timeout_s: float = 0.3
    dead_man_timeout_s: float = 0.0
    effort_limit_ma: tuple[float, ...] = tuple(vx300s.EFFORT_LIMIT_MA.tolist())
    effort_duration_s: float = 0.1
    measured_tolerance: float = 0.1
    rest_tolerance: float = 0.1
    max_tracking_error: float = 0.5
    tracking_duration_s: float = 0.5
    driver_restart_s: float = 1.0

    @cached_property
    def obstacles(self) -> Obstacles:
        """The table and the boxes."""
        return Obstacles(self.table_height, np.reshape(self.keep_out_boxes, (-1, BOX_SIZE)))

    @property
    def finger_floor(self) -> float:
        """Height that no point of the fingers is sent below [m]."""
        return self.table_height - self.fingertip_depth

    @property
    def max_lead(self) -> float:
        """How far a goal may be from the measured joints at all, at most `max_joint_jump` [rad].

        One step at `max_joint_speed`, what the arm is behind at this speed while the servos take
        their profile time, and what a resting arm may be off.
        """
        behind_s = 2 * self.move_time_s - self.acceleration_time_s
        return min(self.max_joint_speed * behind_s + self.rest_tolerance, self.max_joint_jump)

    @property
    def blocked_lead(self) -> float:
        """Distance of a goal from the measured joints that must not last [rad].

        `max_tracking_error`, or most of `max_lead` where a low speed keeps goals closer than that.
        """
        return min(self.max_tracking_error, 0.9 * self.max_lead)

    def __post_init__(self) -> None:
        """Refuses limits that would not limit anything."""
        for name in ('max_translation', 'max_rotation', 'max_joint_speed', 'max_joint_jump'):
            _require(getattr(self, name) > 0, name, getattr(self, name), 'a number above 0')
        _require(
            all(
                low < high
                for low, high in zip(self.workspace_lower, self.workspace_upper, strict=True)
            ),
            'workspace_lower',
            self.workspace_lower,
            f'less than workspace_upper {self.workspace_upper} on every axis',
        )
        _require(
            len(self.keep_out_boxes) % BOX_SIZE == 0
            and bool(np.all(self.obstacles.boxes[:, :3] < self.obstacles.boxes[:, 3:])),
            'keep_out_boxes',
            self.keep_out_boxes,
            'six numbers for each box: a lower corner x y z, an upper one greater on every axis',
        )
        _require(
            0 <= self.acceleration_time_s <= self.move_time_s / 2 and self.move_time_s > 0,
            'acceleration_time_s',
            self.acceleration_time_s,
            f'0 to half of move_time_s {self.move_time_s}',
        )
        _require(
            self.max_joint_speed <= vx300s.JOINT_VELOCITY_LIMIT.min(),
            'max_joint_speed',
            self.max_joint_speed,
            f"at most the motors' {vx300s.JOINT_VELOCITY_LIMIT.min():.3f} rad/s",
        )
        for name in (
            'joint_states_timeout_s',
            'measured_tolerance',
            'rest_tolerance',
            'max_tracking_error',
            'driver_restart_s',
        ):
            _require(getattr(self, name) > 0, name, getattr(self, name), 'a number above 0')
        for name in (
            'fingertip_depth',
            'step_period_s',
            'heartbeat_timeout_s',
            'dead_man_timeout_s',
            'effort_duration_s',
            'tracking_duration_s',
        ):
            _require(getattr(self, name) >= 0, name, getattr(self, name), 'a number of at least 0')
        _require(
            self.rest_tolerance < self.max_lead,
            'rest_tolerance',
            self.rest_tolerance,
            f'less than max_joint_jump {self.max_joint_jump}',
        )
        _require(
            len(self.effort_limit_ma) == vx300s.NUM_JOINTS and min(self.effort_limit_ma) > 0,
            'effort_limit_ma',
            self.effort_limit_ma,
            f'{vx300s.NUM_JOINTS} numbers above 0 [mA]',
        )


def _require(holds: bool, name: str, value: object, expected: str) -> None:
    if not holds:
        raise ValueError(f'{name} is {value}, expected {expected}')
