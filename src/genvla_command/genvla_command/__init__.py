# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Shared parts of every command: options, exit, run folder, pages. Read `command_line` first."""
