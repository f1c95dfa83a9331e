# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page, without ROS: what is shown, and what a request needs.

Read `page` first.
"""
