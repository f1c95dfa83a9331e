# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Recorded bags, read and written without ROS.

Read `recording` first for what a bag holds, `bag_writer` for how one is written.
"""
