# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Kinematics, chunk scheduling and safety of a ViperX 300 S (numpy only); ros/ has the bridge."""
