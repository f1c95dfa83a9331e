# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of a set-up before it is used: camera, screen clock, parameters.

Read `check_camera` first.
"""
