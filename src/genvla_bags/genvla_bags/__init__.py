# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Recorded bags, read and written without ROS.

Read `recording` first for the contents of a bag, and `bag_writer` for how a bag is written.
"""
