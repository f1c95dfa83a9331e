# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn robot and vision-language data into checkpoints, without ROS."""

from genvla_command.threads import let_idle_threads_sleep

let_idle_threads_sleep()
