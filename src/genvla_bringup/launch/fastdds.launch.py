# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the nodes that are started after it use transports that carry camera images whole."""

from __future__ import annotations

from launch import LaunchDescription
from launch.actions import SetEnvironmentVariable
from launch.substitutions import EnvironmentVariable, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

_VARIABLE = 'FASTRTPS_DEFAULT_PROFILES_FILE'


def generate_launch_description() -> LaunchDescription:
    """Set the profile, unless the environment names one; see config/fastdds.xml."""
    ours = PathJoinSubstitution([FindPackageShare('genvla_bringup'), 'config', 'fastdds.xml'])
    value = EnvironmentVariable(_VARIABLE, default_value=[ours])
    return LaunchDescription([SetEnvironmentVariable(_VARIABLE, value)])
