# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Record episodes of a policy or of teleoperation on request, next to real_robot.launch.py."""

from __future__ import annotations

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.conditions import IfCondition
from launch.substitutions import AndSubstitution, LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

from genvla_bringup.checks.parameter_file import check_files


def _check_files(context: LaunchContext) -> None:
    check_files(context.launch_configurations, 'teleoperation', 'teleoperation_config')


def generate_launch_description() -> LaunchDescription:
    """Start the recorder, and optionally the nodes for teleoperation."""
    share = FindPackageShare('genvla_bringup')
    return LaunchDescription(
        [
            IncludeLaunchDescription(PathJoinSubstitution([share, 'launch', 'fastdds.launch.py'])),
            DeclareLaunchArgument(
                'folder', default_value='bags', description='Folder of the bags, one per episode.'
            ),
            DeclareLaunchArgument(
                'teleoperation',
                default_value='false',
                choices=('true', 'false'),
                description='Start teleoperation; real_robot.launch.py must then run with '
                'use_policy:=false.',
            ),
            DeclareLaunchArgument(
                'gamepad',
                default_value='true',
                choices=('true', 'false'),
                description='With teleoperation:=true, start joy_node. false: another node '
                'publishes joy, such as genvla_bringup keyboard in its own terminal.',
            ),
            DeclareLaunchArgument(
                'teleoperation_config',
                default_value=PathJoinSubstitution([share, 'config', 'gamepad.yaml']),
                description='Parameter file that maps axes and buttons; keyboard.yaml for the '
                'keyboard.',
            ),
            DeclareLaunchArgument(
                'robot_name', default_value='vx300s', description="The driver's namespace."
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'shared_arguments.launch.py'])
            ),
            OpaqueFunction(function=_check_files),
            # joy comes first: if it is not installed, nothing else is started.
            Node(
                package='joy',
                executable='joy_node',
                name='joy_node',
                namespace=LaunchConfiguration('namespace'),
                parameters=[{'autorepeat_rate': 20.0}],
                condition=IfCondition(
                    AndSubstitution(
                        LaunchConfiguration('teleoperation'), LaunchConfiguration('gamepad')
                    )
                ),
            ),
            Node(
                package='genvla_bringup',
                executable='episode_recorder',
                name='episode_recorder',
                namespace=LaunchConfiguration('namespace'),
                output='screen',
                parameters=[
                    {'folder': ParameterValue(LaunchConfiguration('folder'), value_type=str)}
                ],
            ),
            Node(
                package='genvla_bringup',
                executable='teleoperation',
                name='teleoperation',
                namespace=LaunchConfiguration('namespace'),
                output='screen',
                parameters=[
                    ParameterFile(LaunchConfiguration('teleoperation_config')),
                    {'base_frame': [LaunchConfiguration('robot_name'), '/base_link']},
                ],
                condition=IfCondition(LaunchConfiguration('teleoperation')),
            ),
        ]
    )
