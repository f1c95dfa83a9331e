# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Common parts of the nodes: parameters from a dataclass, QoS by purpose, diagnostics, main."""
