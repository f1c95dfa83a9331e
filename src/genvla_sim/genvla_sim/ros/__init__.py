# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS stand-ins for xs_sdk and usb_cam over one simulation. Read `sim_robot` first."""
