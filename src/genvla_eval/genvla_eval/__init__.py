# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Evaluate policies: closed loop in the simulator, and against recorded bags."""

from genvla_command.threads import let_idle_threads_sleep

let_idle_threads_sleep()
