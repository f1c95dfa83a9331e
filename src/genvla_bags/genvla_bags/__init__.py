# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a recorded bag says, read without ROS: moments with pictures, instructions and actions."""
