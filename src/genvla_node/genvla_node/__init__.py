# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every genvla node has: parameters from a dataclass, QoS by purpose, diagnostics, main."""
