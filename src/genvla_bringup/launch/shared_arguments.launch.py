# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Declare the arguments that every launch file has: the nodes' clock, and their namespace."""

from __future__ import annotations

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import SetParameter


def generate_launch_description() -> LaunchDescription:
    """Set use_sim_time for every node started after it; launch files apply the namespace."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'use_sim_time',
                default_value='false',
                choices=('true', 'false'),
                description='Use the time of /clock, from a simulator or a bag.',
            ),
            DeclareLaunchArgument(
                'namespace',
                default_value='',
                description='Namespace of every node, topic and service; each of several arms '
                'needs its own.',
            ),
            SetParameter(name='use_sim_time', value=LaunchConfiguration('use_sim_time')),
        ]
    )
