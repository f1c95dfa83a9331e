# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The checkpoint that comes with the package: a tiny pi0_plus, trained on the simulator's data.

`python -m genvla_policy.shipped` prints its folder.
"""

from __future__ import annotations

from pathlib import Path

SHIPPED_CHECKPOINT = Path(__file__).parent / 'tiny'
"""Its folder; README.md in it describes how it was trained and how well it performs."""
