# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A simulated robot is visible on this machine only, and its images arrive complete."""

from __future__ import annotations

from pathlib import Path

from genvla_bringup.demo.command import config_folder
from genvla_bringup.demo.transports import PROFILE, this_machine_only


def test_a_shell_without_a_profile_gets_the_profile_that_carries_images():
    settings = this_machine_only({}, config_folder())
    assert settings['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
    assert Path(settings[PROFILE]).is_file()


def test_peers_on_other_computers_are_dropped():
    settings = this_machine_only({'ROS_STATIC_PEERS': '192.168.1.20'}, config_folder())
    assert settings['ROS_STATIC_PEERS'] == ''


def test_a_profile_set_by_the_user_stays():
    assert this_machine_only({PROFILE: '/own.xml'}, config_folder())[PROFILE] == '/own.xml'
