# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The node names that the launch files use."""

BRIDGE = 'viperx_bridge'
POLICY = 'policy'
SUPERVISOR = 'supervisor'


def in_diagnostics(name: str, namespace: str) -> str:
    """Return the name of a namespaced node in /diagnostics, such as `left/viperx_bridge`."""
    return f'{namespace}/{name}'.strip('/')
