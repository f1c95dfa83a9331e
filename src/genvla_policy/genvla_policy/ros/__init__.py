# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy as a ROS node. Read `policy_node` first."""
