# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check a camera, the screen clock and parameters before using a set-up.

Read `check_camera` first.
"""
