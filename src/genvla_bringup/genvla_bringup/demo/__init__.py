# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the whole loop in the simulator, record it, and write a report.

Read `session` first.
"""
