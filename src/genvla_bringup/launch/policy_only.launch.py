# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Launch only the policy, on a GPU workstation; the robot's computer runs camera and bridge."""

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
from launch.substitutions import LaunchConfiguration, NotSubstitution, PathJoinSubstitution
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare
from lifecycle_msgs.msg import Transition

from genvla_bringup.checks.parameter_file import check_files


def _check_files(context: LaunchContext) -> None:
    check_files(context.launch_configurations, 'policy', 'policy_config')


def generate_launch_description() -> LaunchDescription:
    """Start the policy, configure it, and activate it once it has loaded its checkpoint."""
    share = FindPackageShare('genvla_bringup')
    policy = LifecycleNode(
        package='genvla_policy',
        executable='policy',
        name='policy',
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        # With a supervisor, a node that died restarts unconfigured and waits to be brought up.
        respawn=NotSubstitution(LaunchConfiguration('autostart')),
        respawn_delay=2.0,
        # Limit the attempts for a node that cannot start at all.
        respawn_max_retries=3,
        parameters=[
            LaunchConfiguration('policy_config'),
            {
                # Always a string: an instruction may be "1.5" or "yes".
                'checkpoint': ParameterValue(LaunchConfiguration('checkpoint'), value_type=str),
                'instruction': ParameterValue(LaunchConfiguration('instruction'), value_type=str),
                'image_topics': ParameterValue(
                    LaunchConfiguration('image_topics'), value_type=list[str]
                ),
                'base_frame': [LaunchConfiguration('robot_name'), '/base_link'],
            },
        ],
    )
    configure = ChangeState(
        lifecycle_node_matcher=matches_action(policy),
        transition_id=Transition.TRANSITION_CONFIGURE,
    )
    activate = ChangeState(
        lifecycle_node_matcher=matches_action(policy),
        transition_id=Transition.TRANSITION_ACTIVATE,
    )
    return LaunchDescription(
        [
            IncludeLaunchDescription(PathJoinSubstitution([share, 'launch', 'fastdds.launch.py'])),
            DeclareLaunchArgument('checkpoint', description='Checkpoint folder.'),
            DeclareLaunchArgument(
                'instruction',
                default_value='',
                description='First instruction. Empty: the policy waits for a call of its service '
                'set_instruction.',
            ),
            DeclareLaunchArgument(
                'image_topics',
                default_value='[camera/image_raw]',
                description='One topic per camera of the checkpoint, as a list. From another '
                'computer: [camera/image_raw/compressed].',
            ),
            DeclareLaunchArgument(
                'robot_name',
                default_value='vx300s',
                description='Robot whose base_link is the frame of the actions.',
            ),
            DeclareLaunchArgument(
                'policy_config',
                default_value=PathJoinSubstitution([share, 'config', 'policy.yaml']),
                description='Parameter file of the policy.',
            ),
            DeclareLaunchArgument(
                'autostart',
                default_value='true',
                choices=('true', 'false'),
                description='Configure and activate the policy at once. false: a supervisor does, '
                'such as the one of real_robot.launch.py.',
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'shared_arguments.launch.py'])
            ),
            OpaqueFunction(function=_check_files),
            # Register the handlers before the node, so that no event is missed.
            RegisterEventHandler(
                OnProcessStart(target_action=policy, on_start=[EmitEvent(event=configure)]),
                condition=IfCondition(LaunchConfiguration('autostart')),
            ),
            RegisterEventHandler(
                OnStateTransition(
                    target_lifecycle_node=policy,
                    start_state='configuring',
                    goal_state='inactive',
                    entities=[EmitEvent(event=activate)],
                ),
                condition=IfCondition(LaunchConfiguration('autostart')),
            ),
            policy,
        ]
    )
