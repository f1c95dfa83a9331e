# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the launch files call the nodes."""

BRIDGE = 'viperx_bridge'
POLICY = 'policy'
SUPERVISOR = 'supervisor'
