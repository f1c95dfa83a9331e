# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turns robot and vision-language data into checkpoints; runs without ROS."""

from genvla_command.threads import let_idle_threads_sleep

let_idle_threads_sleep()
