# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Launch the whole loop in the simulator: simulated arm and camera, bridge, policy."""

from __future__ import annotations

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

from genvla_policy.shipped import SHIPPED_CHECKPOINT


def generate_launch_description() -> LaunchDescription:
    """Start all nodes; the supervisor brings bridge and policy up in order."""
    share = FindPackageShare('genvla_bringup')
    sim_config = LaunchConfiguration('sim_config')
    return LaunchDescription(
        [
            IncludeLaunchDescription(PathJoinSubstitution([share, 'launch', 'fastdds.launch.py'])),
            DeclareLaunchArgument(
                'checkpoint',
                default_value=str(SHIPPED_CHECKPOINT),
                description='Checkpoint folder.',
            ),
            DeclareLaunchArgument(
                'instruction',
                default_value='',
                description='First instruction. Empty: the policy waits for a call of its service '
                'set_instruction.',
            ),
            DeclareLaunchArgument(
                'task', default_value='PickCarrot+knife', description='Task, with its objects.'
            ),
            DeclareLaunchArgument(
                'seed', default_value='0', description='Seed of the places of the objects.'
            ),
            DeclareLaunchArgument(
                'robot_name', default_value='vx300s', description="The driver's namespace."
            ),
            DeclareLaunchArgument(
                'sim_config',
                default_value=PathJoinSubstitution([share, 'config', 'sim_robot.yaml']),
                description='Parameter file of the simulation.',
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'shared_arguments.launch.py'])
            ),
            # Set no name: it would rename every node of the process.
            Node(
                package='genvla_sim',
                executable='sim_robot',
                namespace=LaunchConfiguration('namespace'),
                output='screen',
                parameters=[
                    ParameterFile(sim_config),
                    {
                        'task': ParameterValue(LaunchConfiguration('task'), value_type=str),
                        'seed': ParameterValue(LaunchConfiguration('seed'), value_type=int),
                        'robot_name': ParameterValue(
                            LaunchConfiguration('robot_name'), value_type=str
                        ),
                    },
                ],
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'bridge_only.launch.py']),
                launch_arguments={
                    'robot_name': LaunchConfiguration('robot_name'),
                    'robot_config': sim_config,
                    'autostart': 'false',
                }.items(),
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'policy_only.launch.py']),
                launch_arguments={
                    'checkpoint': LaunchConfiguration('checkpoint'),
                    'instruction': LaunchConfiguration('instruction'),
                    'robot_name': LaunchConfiguration('robot_name'),
                    'autostart': 'false',
                }.items(),
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'supervisor.launch.py'])
            ),
        ]
    )
