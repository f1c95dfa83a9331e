# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page, without ROS: its contents, and the interface for requests.

Read `page` first.
"""
