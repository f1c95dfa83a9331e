# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Move the arm by hand: a gamepad or keyboard replaces the policy, behind the same safety rules.

Read `teleoperation_node` first.
"""
