# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Launch the supervisor, which brings up, watches and ends bridge and policy."""

from __future__ import annotations

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteLocal,
    IncludeLaunchDescription,
    RegisterEventHandler,
    Shutdown,
)
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited, ShutdownProcess
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare


def _end_session(event: ProcessExited, _context: LaunchContext) -> list[Shutdown | EmitEvent]:
    """Shut down only after an orderly end; with a namespace, only the nodes in it.

    If the driver ends too early, the arm falls when the driver is started again.
    """
    if event.returncode != 0:
        return []
    namespace = event.action.expanded_node_namespace.rstrip('/')
    if not namespace:
        return [Shutdown(reason='the session has ended')]

    def is_ours(process: ExecuteLocal) -> bool:
        return isinstance(process, Node) and f'{process.expanded_node_namespace}/'.startswith(
            f'{namespace}/'
        )

    return [EmitEvent(event=ShutdownProcess(process_matcher=is_ours))]


def generate_launch_description() -> LaunchDescription:
    """Start the supervisor of nodes that were started with autostart:=false."""
    supervisor = Node(
        package='genvla_bringup',
        executable='supervisor',
        name='supervisor',
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        parameters=[
            {
                'with_policy': ParameterValue(LaunchConfiguration('use_policy'), value_type=bool),
                'image_topics': ParameterValue(
                    LaunchConfiguration('image_topics'), value_type=list[str]
                ),
                'at_end': ParameterValue(LaunchConfiguration('at_end'), value_type=str),
            }
        ],
    )
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'use_policy',
                default_value='true',
                choices=('true', 'false'),
                description='Supervise the policy as well as the bridge.',
            ),
            DeclareLaunchArgument(
                'image_topics',
                default_value='[camera/image_raw]',
                description='Cameras whose images must be fresh before the arm is activated. '
                "['']: none.",
            ),
            DeclareLaunchArgument(
                'at_end',
                default_value='sleep',
                choices=('sleep', 'hold'),
                description='What the arm does when supervisor/end is called.',
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution(
                    [FindPackageShare('genvla_bringup'), 'launch', 'shared_arguments.launch.py']
                )
            ),
            RegisterEventHandler(OnProcessExit(target_action=supervisor, on_exit=_end_session)),
            supervisor,
        ]
    )
