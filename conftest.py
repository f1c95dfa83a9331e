# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test may ask for: the fixtures of node tests, where ROS is installed."""

import importlib.util

# The pure packages' tests also run on a machine without ROS.
pytest_plugins = ['genvla_node.testing'] if importlib.util.find_spec('rclpy') else []
