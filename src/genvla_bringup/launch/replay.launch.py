# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Play a recorded bag to the real policy node, and record its chunks next to the images."""

from __future__ import annotations

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    RegisterEventHandler,
    Shutdown,
    TimerAction,
)
from launch.event_handlers import OnProcessExit
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, SetParameter
from launch_ros.substitutions import FindPackageShare

from genvla_policy.shipped import SHIPPED_CHECKPOINT

_LAST_CHUNK_S = 2.0
"""The chunk for the last image arrives after the bag has ended."""


def generate_launch_description() -> LaunchDescription:
    """Start policy and recorder, play the bag's images on its own clock, and end with the bag."""
    share = FindPackageShare('genvla_bringup')
    play = ExecuteProcess(
        cmd=[
            *('ros2', 'bag', 'play', LaunchConfiguration('bag')),
            # Set the clock right before each message, so that no image is from the future.
            *('--clock-topics-all', '--rate', LaunchConfiguration('rate')),
            *('--delay', LaunchConfiguration('delay_s')),
            # Leave out the recorded chunks, which would be mistaken for the policy's.
            *('--topics', LaunchConfiguration('images'), LaunchConfiguration('joint_states')),
            # The relay turns the recorded instructions into requests to the policy.
            LaunchConfiguration('instructions'),
            '--remap',
            [LaunchConfiguration('instructions'), ':=/recorded/instruction'],
        ],
        output='screen',
    )
    end = TimerAction(period=_LAST_CHUNK_S, actions=[Shutdown(reason='the bag has ended')])
    return LaunchDescription(
        [
            DeclareLaunchArgument('bag', description='Bag folder to play.'),
            DeclareLaunchArgument('out', description='Bag folder to write; must not exist.'),
            DeclareLaunchArgument(
                'instruction',
                default_value='',
                description='Instruction until the bag contains another. Empty: only those of the '
                'bag.',
            ),
            DeclareLaunchArgument(
                'checkpoint',
                default_value=str(SHIPPED_CHECKPOINT),
                description='Checkpoint folder.',
            ),
            DeclareLaunchArgument(
                'images', default_value='/camera/image_raw', description='Topic of the camera.'
            ),
            DeclareLaunchArgument(
                'joint_states',
                default_value='/vx300s/joint_states',
                description='Topic of the joint states; recorded again for the comparison.',
            ),
            DeclareLaunchArgument(
                'instructions',
                default_value='/policy/instruction',
                description='Topic of the recorded instructions.',
            ),
            DeclareLaunchArgument(
                'rate', default_value='1.0', description='Recorded seconds per real second.'
            ),
            DeclareLaunchArgument(
                'delay_s',
                default_value='30.0',
                description='Delay before the bag, in which the policy loads its checkpoint [s].',
            ),
            DeclareLaunchArgument(
                'namespace', default_value='', description='Namespace of every started node.'
            ),
            SetParameter(name='use_sim_time', value=True),
            Node(
                package='genvla_bringup',
                executable='recorder',
                namespace=LaunchConfiguration('namespace'),
                output='screen',
                arguments=[LaunchConfiguration('out')],
                # The recorder stamps messages with their arrival time.
                parameters=[{'use_sim_time': False}],
            ),
            Node(
                package='genvla_bringup',
                executable='instruction_relay',
                namespace=LaunchConfiguration('namespace'),
                output='screen',
            ),
            IncludeLaunchDescription(
                PathJoinSubstitution([share, 'launch', 'policy_only.launch.py']),
                launch_arguments={
                    'checkpoint': LaunchConfiguration('checkpoint'),
                    'instruction': LaunchConfiguration('instruction'),
                    'image_topics': ['[', LaunchConfiguration('images'), ']'],
                    'use_sim_time': 'true',
                }.items(),
            ),
            RegisterEventHandler(OnProcessExit(target_action=play, on_exit=[end])),
            play,
        ]
    )
