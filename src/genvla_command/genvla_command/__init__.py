# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every command has: options, exit, run folder, pages. Read `command_line` first."""
