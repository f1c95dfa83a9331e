# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The arm by hand: a gamepad or a keyboard in the place of the policy, behind the same safety.

Read `teleoperation_node` first.
"""
