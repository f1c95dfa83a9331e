# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The ViperX 300 S: constants, kinematics, gripper, shape. Read `vx300s` first."""
