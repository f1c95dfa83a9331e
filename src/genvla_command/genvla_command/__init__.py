# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every command has: options, exit, run folder, progress, pages. Read `command_end` first."""
