# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Launch only the bridge, next to the arm's driver; the policy may run on another computer."""

from __future__ import annotations

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
)
from launch.conditions import IfCondition
from launch.event_handlers import OnProcessStart
from launch.events import matches_action
from launch.substitutions import (
    IfElseSubstitution,
    LaunchConfiguration,
    NotSubstitution,
    PathJoinSubstitution,
)
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.parameter_descriptions import ParameterFile
from launch_ros.substitutions import FindPackageShare
from lifecycle_msgs.msg import Transition

from genvla_bringup.checks.parameter_file import check_files


def _config(name: str) -> PathJoinSubstitution:
    return PathJoinSubstitution([FindPackageShare('genvla_bringup'), 'config', name])


def _check_files(context: LaunchContext) -> None:
    """Reject a missing or wrong parameter file: ROS ignores it, so its limits would not apply."""
    check_files(context.launch_configurations, 'viperx_bridge', 'bridge_config', 'robot_config')


def generate_launch_description() -> LaunchDescription:
    """Start, configure and activate the bridge; this alone does not command the arm."""
    bridge = LifecycleNode(
        package='genvla_viperx',
        executable='viperx_bridge',
        name='viperx_bridge',
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        # With a supervisor, a node that died restarts unconfigured and waits to be brought up.
        respawn=NotSubstitution(LaunchConfiguration('autostart')),
        respawn_delay=2.0,
        # Limit the attempts for a node that cannot start at all.
        respawn_max_retries=3,
        parameters=[
            ParameterFile(LaunchConfiguration('bridge_config')),
            ParameterFile(LaunchConfiguration('robot_config')),
            ParameterFile(
                IfElseSubstitution(
                    LaunchConfiguration('first_run'),
                    if_value=_config('first_run.yaml'),
                    else_value=LaunchConfiguration('robot_config'),
                )
            ),
            {'robot_name': LaunchConfiguration('robot_name')},
        ],
    )
    configure = ChangeState(
        lifecycle_node_matcher=matches_action(bridge),
        transition_id=Transition.TRANSITION_CONFIGURE,
    )
    activate = ChangeState(
        lifecycle_node_matcher=matches_action(bridge),
        transition_id=Transition.TRANSITION_ACTIVATE,
    )
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'robot_name', default_value='vx300s', description="The driver's namespace."
            ),
            DeclareLaunchArgument(
                'bridge_config',
                default_value=_config('viperx_bridge.yaml'),
                description='Parameter file of the bridge.',
            ),
            DeclareLaunchArgument(
                'robot_config',
                default_value=LaunchConfiguration('bridge_config'),
                description='A second parameter file, with the values of one robot; they override '
                'bridge_config.',
            ),
            DeclareLaunchArgument(
                'first_run',
                default_value='false',
                choices=('true', 'false'),
                description='Move at a fifth of the speed, for a new arm, table or checkpoint.',
            ),
            DeclareLaunchArgument(
                'autostart',
                default_value='true',
                choices=('true', 'false'),
                description='Configure and activate the bridge at once. false: a supervisor does, '
                'such as the one of real_robot.launch.py.',
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution(
                    [FindPackageShare('genvla_bringup'), 'launch', 'shared_arguments.launch.py']
                )
            ),
            OpaqueFunction(function=_check_files),
            # Register the handlers before the node, so that no event is missed.
            RegisterEventHandler(
                OnProcessStart(target_action=bridge, on_start=[EmitEvent(event=configure)]),
                condition=IfCondition(LaunchConfiguration('autostart')),
            ),
            RegisterEventHandler(
                OnStateTransition(
                    target_lifecycle_node=bridge,
                    start_state='configuring',
                    goal_state='inactive',
                    entities=[EmitEvent(event=activate)],
                ),
                condition=IfCondition(LaunchConfiguration('autostart')),
            ),
            bridge,
        ]
    )
