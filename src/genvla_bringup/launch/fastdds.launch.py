# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Make the nodes started after it use transports that deliver whole camera images."""

from __future__ import annotations

from launch import LaunchDescription
from launch.actions import SetEnvironmentVariable
from launch.substitutions import EnvironmentVariable, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

_VARIABLE = 'FASTRTPS_DEFAULT_PROFILES_FILE'


def generate_launch_description() -> LaunchDescription:
    """Set the Fast DDS profile, unless the environment names one; see config/fastdds.xml."""
    ours = PathJoinSubstitution([FindPackageShare('genvla_bringup'), 'config', 'fastdds.xml'])
    value = EnvironmentVariable(_VARIABLE, default_value=[ours])
    return LaunchDescription([SetEnvironmentVariable(_VARIABLE, value)])
