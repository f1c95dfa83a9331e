# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""LIBERO's action bounds in metres and radians.

OpenVLA's LIBERO models answer in the units of LIBERO's controller: shares of its largest step,
with the rotation as an axis times an angle. Only the bounds have to change; the printed text does
not.

Source: robosuite 1.4.1, controllers/config/osc_pose.json (output_max) and utils/control_utils.py,
set_goal_orientation() (the rotation is an axis times an angle).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LARGEST_TRANSLATION_M = 0.05
LARGEST_ROTATION_RAD = 0.5
LIBERO_RATE_HZ = 20.0
"""Source: LIBERO, libero/libero/envs/env_wrapper.py: control_freq=20."""

_SCALE = (LARGEST_TRANSLATION_M,) * 3 + (LARGEST_ROTATION_RAD,) * 3 + (1.0,)
_SCALED = ('mean', 'std', 'min', 'max', 'q01', 'q99')


def is_libero(dataset: str) -> bool:
    """Return whether a data set is LIBERO's, such as libero_spatial or libero_10_no_noops."""
    return dataset.startswith('libero_')


def in_metres_and_radians(statistics: Mapping[str, Any]) -> dict[str, Any]:
    """Return dataset_statistics.json with LIBERO's actions in metres and radians.

    Args:
        statistics: Statistics of a published model; other data sets are not changed.
    """
    return {
        dataset: _in_metres_and_radians(content) if is_libero(dataset) else content
        for dataset, content in statistics.items()
    }


def _in_metres_and_radians(content: Mapping[str, Any]) -> dict[str, Any]:
    action = dict(content.get('action', {}))
    for key in _SCALED:
        if key in action:
            action[key] = [value * scale for value, scale in zip(action[key], _SCALE, strict=True)]
    return {**content, 'action': {**action, 'rotation': 'axis_angle'}}
