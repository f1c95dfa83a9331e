# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a command may be: the rules, their limits, and one step under them. Read `rules` first."""
