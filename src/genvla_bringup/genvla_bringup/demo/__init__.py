# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The composed demo: the whole loop in the simulator, recorded and reported.

Read `session` first.
"""
