# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of the bridge node: what an operator changes about the arm's motion."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from genvla_node.parameters import parameter
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import GripperMode
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.scheduler import Execution, SchedulerConfig
from genvla_viperx.safety.config import SafetyConfig

_SAFETY = SafetyConfig()
_SCHEDULER = SchedulerConfig()
_CONTROLLER = ControllerConfig()


@dataclass(frozen=True)
class BridgeParams:
    """Parameters of the bridge node, read when it configures."""

    robot_name: str = parameter(
        'vx300s', "The driver's namespace: prefix of joint_states, commands/* and its services"
    )
    base_frame: str = parameter(
        'vx300s/base_link', 'Frame of ee_pose; chunks in any other frame are refused'
    )
    control_rate_hz: float = parameter(
        50.0, 'Rate of the control tick, and of the commands to home and sleep', ge=10.0, le=200.0
    )
    driver_timeout_s: float = parameter(
        5.0,
        'Longest wait for the driver, and for the first of its joint states, when configuring',
        unit='s',
        ge=0.1,
        le=60.0,
    )
    set_operating_modes: bool = parameter(
        False,
        'Set modes, profiles and torque of the servos when configuring. A change of mode takes '
        'the torque off for a moment: an arm that is not supported drops. False: refuse to '
        'configure instead',
    )

    hardware_error_period_s: float = parameter(
        0.25,
        'How often every servo is asked for its Hardware_Error_Status: an error, or a servo that '
        'does not answer, stops the arm until ~/clear_fault. 0: never',
        unit='s',
        ge=0.0,
        le=60.0,
    )
    servos_answer: bool = parameter(
        True,
        'False: nothing but the profile is asked of the servos, and no current is set. For '
        "Interbotix's simulated driver (xs_sdk_sim), which knows no more; never on an arm",
    )

    execution: str = parameter(
        Execution.STREAMING.value,
        'streaming: late steps are dropped. blocking: for policies slower than their steps; a '
        'chunk is executed whole, then the arm stands still for the next image',
        choices=[execution.value for execution in Execution],
    )
    max_chunk_age_s: float = parameter(
        _SCHEDULER.max_age_s, 'Chunks of older images are refused', unit='s', ge=0.1, le=9.9
    )
    max_chunk_future_s: float = parameter(
        _SCHEDULER.max_future_s, 'Chunks further ahead are refused', unit='s', ge=0.0, le=5.0
    )
    settle_s: float = parameter(
        _SCHEDULER.settle_s,
        'blocking: from the end of the last step until the arm stands still',
        unit='s',
        ge=0.0,
        le=10.0,
    )
    ensemble_decay: float = parameter(
        -1.0,
        'streaming: actions are means over the chunks that cover their time, the n-th newest '
        '(from 0) with weight exp(-decay n). Below 0: the newest chunk alone',
        ge=-1.0,
        le=100.0,
    )

    max_translation: float = parameter(
        _SAFETY.max_translation, 'Bound of dx, dy and dz of a step', unit='m', ge=1e-4, le=0.1
    )
    max_rotation: float = parameter(
        _SAFETY.max_rotation, 'Bound of droll, dpitch, dyaw of a step', unit='rad', ge=1e-4, le=0.5
    )
    step_period_s: float = parameter(
        _SAFETY.step_period_s,
        'Step period of the policies that the arm is set up for: chunks of another one are '
        'refused, their deltas are those of a slower or faster robot. 0: any',
        unit='s',
        ge=0.0,
        le=10.0,
    )
    workspace_lower: tuple[float, ...] = parameter(
        _SAFETY.workspace_lower,
        "Lower corner (x, y, z) of the box that the tool's origin stays in, base frame",
        unit='m',
    )
    workspace_upper: tuple[float, ...] = parameter(
        _SAFETY.workspace_upper, 'Upper corner of that box', unit='m'
    )
    table_height: float = parameter(
        _SAFETY.table_height,
        'Height of the table: no part of the arm but the fingers goes below it. -1: not watched',
        unit='m',
        ge=-1.0,
        le=1.0,
    )
    fingertip_depth: float = parameter(
        _SAFETY.fingertip_depth,
        'How far below table_height the fingers may be sent: a light touch of the tips is normal '
        'in grasping. What is sent deeper is raised',
        unit='m',
        ge=0.0,
        le=0.05,
    )
    keep_out_boxes: tuple[float, ...] = parameter(
        _SAFETY.keep_out_boxes,
        'Boxes that no part of the arm may reach into, six numbers each: lower corner x y z, '
        'upper corner x y z, base frame',
        unit='m',
    )
    move_time_s: float = parameter(
        _SAFETY.move_time_s,
        'Profile time of the arm: how long the servos take to a new goal',
        unit='s',
        ge=0.05,
        le=2.0,
    )
    acceleration_time_s: float = parameter(
        _SAFETY.acceleration_time_s,
        'Ramp at either end of it, at most half of it',
        unit='s',
        ge=0.0,
        le=1.0,
    )
    gripper_mode: str = parameter(
        GripperMode.CURRENT_BASED_POSITION.value,
        "Operating mode of the gripper's servo. current_based_position: it squeezes with "
        'gripper_current_ma at most. linear_position: with all its force, and switches itself off '
        '(overload) after some seconds on anything thicker than the closed gripper',
        choices=[mode.value for mode in GripperMode],
    )
    gripper_current_ma: float = parameter(
        500.0,
        'current_based_position: current with which the gripper holds, written to Goal_Current; '
        'its servo stalls at 2300 mA',
        unit='mA',
        ge=50.0,
        le=1200.0,
    )
    max_joint_speed: float = parameter(
        _SAFETY.max_joint_speed, 'Bound of the peak joint speed', unit='rad/s', ge=0.01, le=pi
    )
    max_joint_jump: float = parameter(
        _SAFETY.max_joint_jump,
        'A step that moves a joint further is refused: the wrist would flip over',
        unit='rad',
        ge=0.1,
        le=2 * pi,
    )
    joint_states_timeout_s: float = parameter(
        _SAFETY.joint_states_timeout_s,
        "Silence of joint_states after which nothing is sent: the arm's state is unknown",
        unit='s',
        ge=0.05,
        le=2.0,
    )
    heartbeat_timeout_s: float = parameter(
        _SAFETY.heartbeat_timeout_s,
        'Silence of policy/heartbeat after which the arm holds. 0: not watched (bag replay)',
        unit='s',
        ge=0.0,
        le=2.0,
    )
    dead_man_timeout_s: float = parameter(
        _SAFETY.dead_man_timeout_s,
        'The arm moves only while ~/dead_man says true: silence for longer counts as released. '
        '0: there is no such switch',
        unit='s',
        ge=0.0,
        le=2.0,
    )
    effort_limit_ma: tuple[float, ...] = parameter(
        _SAFETY.effort_limit_ma,
        'Motor current, joint by joint, that stops the arm until ~/resume',
        unit='mA',
        ge=1.0,
    )
    effort_duration_s: float = parameter(
        _SAFETY.effort_duration_s, 'How long it has to last', unit='s', ge=0.0, le=2.0
    )
    measured_tolerance: float = parameter(
        _SAFETY.measured_tolerance,
        'How far outside its limits a joint may be measured',
        unit='rad',
        ge=1e-3,
        le=1.0,
    )

    rest_tolerance: float = parameter(
        _SAFETY.rest_tolerance,
        'How far from its goal a resting joint may be measured; from half of it a warning. '
        'Further: home and sleep have not arrived; a hold and a chunk start from where the arm is',
        unit='rad',
        ge=1e-3,
        le=0.5,
    )
    max_tracking_error: float = parameter(
        _SAFETY.max_tracking_error,
        'A joint further from its goal is blocked, or its servo has lost its torque: the arm is '
        'stopped until ~/resume',
        unit='rad',
        ge=0.01,
        le=2.0,
    )
    tracking_duration_s: float = parameter(
        _SAFETY.tracking_duration_s,
        'How much longer than move_time_s it has to last',
        unit='s',
        ge=0.0,
        le=5.0,
    )
    driver_restart_s: float = parameter(
        _SAFETY.driver_restart_s,
        'Silence of joint_states in which the driver may have been restarted with other modes: '
        'nothing is sent until ~/clear_fault, or until the bridge is configured again',
        unit='s',
        ge=0.5,
        le=60.0,
    )

    speed_scale: float = parameter(
        1.0,
        'Share of its way that each step of a policy goes, and of move_speed; may be changed at '
        'any time. 0: nothing moves',
        ge=0.0,
        le=1.0,
        live=True,
    )
    home_joints: tuple[float, ...] = parameter(
        tuple(vx300s.BRIDGE_START_JOINTS.tolist()),
        'Joint positions that ~/home moves to, waist to wrist_rotate',
        unit='rad',
    )
    move_speed: float = parameter(
        _CONTROLLER.move_speed,
        'Peak joint speed on the way to home and sleep',
        unit='rad/s',
        ge=0.01,
        le=pi,
    )


def controller_config(params: BridgeParams) -> ControllerConfig:
    """Returns the controller's configuration.

    Raises:
        ValueError: If a parameter is outside its range or does not fit another; says which.
    """
    for name, expected in (
        ('workspace_lower', 3),
        ('workspace_upper', 3),
        ('home_joints', vx300s.NUM_JOINTS),
        ('effort_limit_ma', vx300s.NUM_JOINTS),
    ):
        if len(getattr(params, name)) != expected:
            raise ValueError(
                f'{name} has {len(getattr(params, name))} numbers, expected {expected}'
            )
    return ControllerConfig(
        scheduler=SchedulerConfig(
            execution=Execution(params.execution),
            max_age_s=params.max_chunk_age_s,
            max_future_s=params.max_chunk_future_s,
            settle_s=params.settle_s,
            ensemble_decay=None if params.ensemble_decay < 0 else params.ensemble_decay,
        ),
        safety=SafetyConfig(
            max_translation=params.max_translation,
            max_rotation=params.max_rotation,
            step_period_s=params.step_period_s,
            workspace_lower=params.workspace_lower,
            workspace_upper=params.workspace_upper,
            table_height=params.table_height,
            fingertip_depth=params.fingertip_depth,
            keep_out_boxes=params.keep_out_boxes,
            move_time_s=params.move_time_s,
            acceleration_time_s=params.acceleration_time_s,
            max_joint_speed=params.max_joint_speed,
            max_joint_jump=params.max_joint_jump,
            joint_states_timeout_s=params.joint_states_timeout_s,
            heartbeat_timeout_s=params.heartbeat_timeout_s,
            dead_man_timeout_s=params.dead_man_timeout_s,
            effort_limit_ma=params.effort_limit_ma,
            effort_duration_s=params.effort_duration_s,
            measured_tolerance=params.measured_tolerance,
            rest_tolerance=params.rest_tolerance,
            max_tracking_error=params.max_tracking_error,
            tracking_duration_s=params.tracking_duration_s,
            driver_restart_s=params.driver_restart_s,
        ),
        home=np.array(params.home_joints),
        move_speed=params.move_speed,
        control_period_s=1.0 / params.control_rate_hz,
    )
