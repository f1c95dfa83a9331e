# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of the bridge node, which an operator sets for the arm's motion."""

from __future__ import annotations

from dataclasses import dataclass, field

from rclpy.exceptions import InvalidNamespaceException
from rclpy.validate_namespace import validate_namespace

from genvla_node.parameters import parameter
from genvla_viperx.arm.gripper import GripperMode
from genvla_viperx.control.config import ControllerConfig


@dataclass(frozen=True)
class BridgeParams:
    """Parameters of the bridge node, read when it configures.

    Attributes:
        controller: Includes every field of it, of its `scheduler` and of its `safety` as a
            parameter.
    """

    robot_name: str = parameter(
        'vx300s', "The driver's namespace: prefix of joint_states, commands/* and its services"
    )
    base_frame: str = parameter(
        '',
        'Frame of ee_pose; chunks in any other frame are refused. Empty: `<robot_name>/base_link`',
    )
    driver_timeout_s: float = parameter(
        5.0,
        'Longest wait for the driver, and for its first joint state, when configuring',
        unit='s',
        ge=0.1,
        le=60.0,
    )
    set_operating_modes: bool = parameter(
        False,
        'Set modes, profiles and torque of the servos when configuring. A change of mode switches '
        'the torque off for a moment: an arm that is not supported drops. False: refuse to '
        'configure instead',
    )

    hardware_error_period_s: float = parameter(
        0.25,
        'Time between two reads of the Hardware_Error_Status of every servo: an error, or a servo '
        'that does not answer, stops the arm until ~/clear_fault. 0: never read',
        unit='s',
        ge=0.0,
        le=60.0,
    )
    servos_answer: bool = parameter(
        True,
        'False: read only the profile from the servos, and set no current. For the simulated '
        'driver of Interbotix (xs_sdk_sim), which has no other registers; never on a real arm',
    )

    gripper_mode: GripperMode = parameter(
        GripperMode.CURRENT_BASED_POSITION,
        "Operating mode of the gripper's servo. current_based_position: it squeezes with at most "
        'gripper_current_ma. linear_position: it squeezes with full force, and switches itself '
        'off (overload) after some seconds on anything thicker than the closed gripper',
        choices=tuple(GripperMode),
    )
    gripper_current_ma: float = parameter(
        500.0,
        'current_based_position: current with which the gripper holds, written to Goal_Current; '
        'the stall current of its servo is 2300 mA',
        unit='mA',
        ge=50.0,
        le=1200.0,
    )

    speed_scale: float = parameter(
        1.0,
        'Factor of each step of a policy, and of move_speed; may be changed at any time. 0: '
        'nothing moves',
        ge=0.0,
        le=1.0,
        live=True,
    )
    controller: ControllerConfig = field(default_factory=ControllerConfig)

    def __post_init__(self) -> None:
        """Set the default base frame, named as by Interbotix's driver, if none is given.

        Raises:
            ValueError: A name is not valid for a topic or a frame.
        """
        try:
            validate_namespace(f'/{self.robot_name}/joint_states')
        except InvalidNamespaceException as error:
            raise ValueError(
                f'robot_name is {self.robot_name!r}, expected a valid namespace such as '
                f'vx300s: {error}'
            ) from error
        if self.base_frame.startswith('/') or len(self.base_frame.split()) > 1:
            raise ValueError(
                f'base_frame is {self.base_frame!r}, expected a tf2 frame such as '
                'vx300s/base_link, without spaces or a leading /'
            )
        if not self.base_frame:
            object.__setattr__(self, 'base_frame', f'{self.robot_name}/base_link')
