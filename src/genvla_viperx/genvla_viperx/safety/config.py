# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The limits of the safety rules, and the constraints between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import pi

import numpy as np

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.obstacles import BOX_SIZE, Obstacles
from genvla_viperx.safety.settings import check_length, check_ranges, require, setting

_MOVE_TIME_S, _RAMP_S = 0.25, 0.10

_SPEED = pi
"""No-load speed of the XM540-W270 at 12 V, 30 rev/min [rad/s]; the XM430-W350 of wrist_rotate
reaches 46. Source: ROBOTIS e-Manual, XM540-W270 and XM430-W350, Specifications."""

_ACCELERATION = _SPEED / _RAMP_S
"""Acceleration with which a servo ramps up to this speed [rad/s^2]. Source: ROBOTIS e-Manual,
Profile Acceleration (108) of a time-based profile: the time of the ramp."""


@dataclass(frozen=True)
class SafetyConfig:
    """The limits of all rules; the bridge has parameters of the same names.

    The defaults of `max_joint_acceleration` and `max_joint_jerk` match the servos' own profile.
    The servos ramp up to `max_joint_speed` v within `acceleration_time_s` a, which is v / a = 31.4
    rad/s^2. The braking ramp starts `move_time_s` T - a after the start of the first ramp. So the
    acceleration changes by 2 v / a within T - a, which is 419 rad/s^3. Steps of 0.174 s or longer
    that respect `max_joint_speed` never reach either limit.

    Raises:
        ValueError: A value is outside its range or is inconsistent with another.
    """

    # BridgeData V2 clips each component at these two values.
    max_translation: float = setting(
        0.05, 'Largest dx, dy and dz of a step', unit='m', ge=1e-4, le=0.1
    )
    max_rotation: float = setting(
        0.25, 'Largest droll, dpitch and dyaw of a step', unit='rad', ge=1e-4, le=0.5
    )
    # A slower robot has longer deltas: those of fractal (3 Hz) reach 0.22 m.
    step_period_s: float = setting(
        0.2,
        'Step period of the policies for this arm. Chunks with another period are refused, '
        'because their deltas are those of a slower or faster robot. 0: any',
        unit='s',
        ge=0.0,
        le=10.0,
    )
    workspace_lower: tuple[float, ...] = setting(
        (0.10, -0.30, -0.01),
        "Lower corner (x, y, z) of the box that the tool's origin stays in, base frame",
        unit='m',
    )
    workspace_upper: tuple[float, ...] = setting(
        (0.50, 0.30, 0.40), 'Upper corner of that box', unit='m'
    )
    table_height: float = setting(
        0.0,
        'Height of the table: only the fingers may go below it. -1: not checked',
        unit='m',
        ge=-1.0,
        le=1.0,
    )
    # The servos act as springs, so a few millimetres are a light touch.
    fingertip_depth: float = setting(
        0.005,
        'How far below table_height the fingers may be sent: fingertips touch the table lightly '
        'in a normal grasp. Deeper targets are raised',
        unit='m',
        ge=0.0,
        le=0.05,
    )
    keep_out_boxes: tuple[float, ...] = setting(
        (),
        'Boxes that no part of the arm may enter, six numbers each: lower corner x y z, '
        'upper corner x y z, base frame',
        unit='m',
    )
    # Profile_Velocity and Profile_Acceleration of the servos.
    move_time_s: float = setting(
        _MOVE_TIME_S,
        'Profile time of the arm: how long the servos take to reach a new goal',
        unit='s',
        ge=0.05,
        le=2.0,
    )
    acceleration_time_s: float = setting(
        _RAMP_S,
        'Ramp at each end of the profile, at most half of move_time_s',
        unit='s',
        ge=0.0,
        le=1.0,
    )
    max_joint_speed: float = setting(
        _SPEED,
        'Largest peak joint speed',
        unit='rad/s',
        ge=0.01,
        le=float(vx300s.JOINT_VELOCITY_LIMIT.min()),
    )
    max_joint_acceleration: float = setting(
        _ACCELERATION,
        "Largest change of a joint's mean speed from step to step, divided by the step period. A "
        'step beyond it is shortened; braking is always allowed. 0: not limited',
        unit='rad/s^2',
        ge=0.0,
        le=1e3,
    )
    max_joint_jerk: float = setting(
        2 * _ACCELERATION / (_MOVE_TIME_S - _RAMP_S),
        'Largest change of this acceleration from step to step, divided by the step period. A '
        'step beyond it is shortened; braking is always allowed. 0: not limited',
        unit='rad/s^3',
        ge=0.0,
        le=1e4,
    )
    max_joint_jump: float = setting(
        1.0,
        'A step that moves a joint further than this is refused: the wrist would flip over',
        unit='rad',
        ge=0.1,
        le=2 * pi,
    )
    joint_states_timeout_s: float = setting(
        0.3,
        "Time without joint_states after which nothing is sent: the arm's state is unknown",
        unit='s',
        ge=0.05,
        le=2.0,
    )
    heartbeat_timeout_s: float = setting(
        0.3,
        'Time without policy/heartbeat after which the arm holds. 0: not checked (bag replay)',
        unit='s',
        ge=0.0,
        le=2.0,
    )
    pause_timeout_s: float = setting(
        0.3,
        'Pause of the bridge itself, suspended or on an overloaded computer, after which a moving '
        'arm is stopped until ~/resume. 0: not checked',
        unit='s',
        ge=0.0,
        le=10.0,
    )
    dead_man_timeout_s: float = setting(
        0.0,
        'The arm moves only while ~/dead_man is true. If no message arrives for this long, the '
        'switch counts as released. 0: there is no such switch',
        unit='s',
        ge=0.0,
        le=2.0,
    )
    effort_limit_ma: tuple[float, ...] = setting(
        tuple(vx300s.EFFORT_LIMIT_MA.tolist()),
        'Motor current of each joint that stops the arm until ~/resume',
        unit='mA',
        ge=1.0,
    )
    # A start from rest causes a current peak.
    effort_duration_s: float = setting(
        0.1, 'How long a current must exceed effort_limit_ma', unit='s', ge=0.0, le=2.0
    )
    measured_tolerance: float = setting(
        0.1, 'How far outside its limits a joint may be measured', unit='rad', ge=1e-3, le=1.0
    )
    rest_tolerance: float = setting(
        0.1,
        'How far from its goal a resting joint may be measured; above half of it, a warning. '
        'Further away, ~/home and ~/sleep do not end, and a hold or a chunk starts from the '
        'measured position',
        unit='rad',
        ge=1e-3,
        le=0.5,
    )
    max_tracking_error: float = setting(
        0.5,
        'A joint further from its goal than this is blocked, or its servo has lost torque: the '
        'arm is stopped until ~/resume',
        unit='rad',
        ge=0.01,
        le=2.0,
    )
    tracking_duration_s: float = setting(
        0.5,
        'How much longer than move_time_s this error must last',
        unit='s',
        ge=0.0,
        le=5.0,
    )
    driver_restart_s: float = setting(
        1.0,
        'Time without joint_states in which the driver may have restarted with other modes: '
        'nothing is sent until ~/clear_fault, or until the bridge is configured again',
        unit='s',
        ge=0.5,
        le=60.0,
    )

    @cached_property
    def obstacles(self) -> Obstacles:
        """The table and the boxes."""
        return Obstacles(self.table_height, np.reshape(self.keep_out_boxes, (-1, BOX_SIZE)))

    @property
    def finger_floor(self) -> float:
        """Height below which no point of the fingers is sent [m]."""
        return self.table_height - self.fingertip_depth

    def max_lead(self, speed_scale: float = 1.0) -> float:
        """Return how far a goal may be from the measured joints, at most `max_joint_jump` [rad].

        It is the sum of one step at the highest speed, the lag of the arm at this speed during the
        servos' profile time, and the error of a resting arm. An arm that is held back and released
        covers this distance with a peak speed of lead / (`move_time_s` - `acceleration_time_s`).

        Args:
            speed_scale: Share of `max_joint_speed` that is the highest speed, 0 to 1.
        """
        way = self.max_joint_speed * speed_scale * self._lead_s
        return min(way + self.rest_tolerance, self.max_joint_jump)

    def blocked_lead(self, speed_scale: float = 1.0) -> float:
        """Return the distance of a goal from the measured joints that must not last [rad].

        It is `max_tracking_error`, or `max_lead` without the step itself if a low speed keeps
        goals closer than that.

        Args:
            speed_scale: Share of `max_joint_speed` that is the highest speed, 0 to 1.
        """
        in_motion = self.max_lead(speed_scale) - self.rest_tolerance
        behind = in_motion * self.move_time_s / self._lead_s
        return min(self.max_tracking_error, behind + self.rest_tolerance)

    @property
    def _lead_s(self) -> float:
        """Time from the start of a step until an arm one profile time behind has finished it."""
        return 2 * self.move_time_s - self.acceleration_time_s

    def __post_init__(self) -> None:
        """Reject limits that would not limit anything."""
        check_ranges(self)
        for name, length in (
            ('workspace_lower', 3),
            ('workspace_upper', 3),
            ('effort_limit_ma', vx300s.NUM_JOINTS),
        ):
            check_length(name, getattr(self, name), length)
        require(
            all(
                low < high
                for low, high in zip(self.workspace_lower, self.workspace_upper, strict=True)
            ),
            'workspace_lower',
            self.workspace_lower,
            f'less than workspace_upper {self.workspace_upper} on every axis',
        )
        require(
            len(self.keep_out_boxes) % BOX_SIZE == 0
            and bool(np.all(self.obstacles.boxes[:, :3] < self.obstacles.boxes[:, 3:])),
            'keep_out_boxes',
            self.keep_out_boxes,
            'six numbers for each box: lower corner x y z, and a greater upper corner x y z',
        )
        require(
            self.acceleration_time_s <= self.move_time_s / 2,
            'acceleration_time_s',
            self.acceleration_time_s,
            f'at most half of move_time_s {self.move_time_s}',
        )
        require(
            self.rest_tolerance < self.max_lead(),
            'rest_tolerance',
            self.rest_tolerance,
            f'less than max_joint_jump {self.max_joint_jump}',
        )
