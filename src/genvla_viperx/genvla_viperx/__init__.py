# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""ViperX 300 S: kinematics, chunk scheduling and safety (numpy only); ros/ is the bridge node."""
