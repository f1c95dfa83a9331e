# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The only folder of this package that imports rclpy and message packages.

Read `bridge_node` first.
"""
