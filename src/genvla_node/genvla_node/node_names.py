# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the launch files call the nodes."""

BRIDGE = 'viperx_bridge'
POLICY = 'policy'
SUPERVISOR = 'supervisor'


def in_diagnostics(name: str, namespace: str) -> str:
    """Return what /diagnostics calls a node of a namespace, such as `left/viperx_bridge`."""
    return f'{namespace}/{name}'.strip('/')
