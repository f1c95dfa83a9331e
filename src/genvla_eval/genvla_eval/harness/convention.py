# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The action and observation conventions of a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm.rotations import matrix_from_rpy, rotation_vector_from_matrix

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Convention:
    """Differences between a benchmark and our ActionChunk and Observation.

    Attributes:
        name: Name on the command line.
        robot: Display name of the robot.
        control_rate_hz: Steps per second of its simulation [Hz].
        cameras: Keys of its pictures, in the order that checkpoints use.
        to_benchmark: Converts (H, 7) actions of an ActionChunk to the environment's actions.
        rotation: The harness's name for the benchmark's rotations.
        gripper: The harness's name for its gripper commands.
        parameters: Parameters requested from the environment, by number of cameras.
        max_translation_m: Longest motion of its arm in a step; infinite: not limited.
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
    """Convert fixed-axis roll, pitch and yaw to rotation vectors, both (H, 3) [rad]."""
    return np.stack([rotation_vector_from_matrix(matrix_from_rpy(rpy)) for rpy in rpy_H3])
