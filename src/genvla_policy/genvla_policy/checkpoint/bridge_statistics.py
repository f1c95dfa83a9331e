# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Action bounds of BridgeData V2, for models that have not been trained on a data set yet."""

from __future__ import annotations

from typing import Any

# Source: norm_stats of openvla/openvla-7b (config.json), data set bridge_orig.
BRIDGE_STATISTICS: dict[str, Any] = {
    'bridge_orig': {
        'action': {
            'q01': [-0.028727, -0.041703, -0.026094, -0.080921, -0.092887, -0.207183, 0.0],
            'q99': [0.028310, 0.040855, 0.040162, 0.081920, 0.077929, 0.203826, 1.0],
            'mask': [True, True, True, True, True, True, False],
        },
        'num_trajectories': 60064,
        'num_transitions': 2135463,
    }
}
