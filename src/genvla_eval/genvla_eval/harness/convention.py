# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a benchmark takes for an action, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm.rotations import matrix_from_rpy, rotation_vector_from_matrix

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Convention:
    """How a benchmark differs from ActionChunk and Observation.

    Attributes:
        name: On the command line.
        robot: For people.
        control_rate_hz: Steps per second of its simulation [Hz].
        cameras: Keys of its pictures, in the order in which a checkpoint may have them.
        to_benchmark: Turns (H, 7) actions as in ActionChunk into what its environment takes.
        rotation: What the harness calls the benchmark's rotations.
        gripper: What the harness calls its grippers.
        parameters: Asked of the environment, by number of cameras.
        max_translation_m: What its arm moves in a step at most; infinite: as far as it is told.
    """

    name: str
    robot: str
    control_rate_hz: float
    cameras: tuple[str, ...]
    to_benchmark: Callable[[Array], Array]
    rotation: str
    gripper: str
    parameters: Callable[[int], Mapping[str, object]] = field(default=lambda _: {})
    max_translation_m: float = float('inf')


def rotation_vectors(rpy_H3: Array) -> Array:
    """Turn fixed-axis roll, pitch and yaw into axis times angle, (H, 3) [rad] both."""
    return np.stack([rotation_vector_from_matrix(matrix_from_rpy(rpy)) for rpy in rpy_H3])
