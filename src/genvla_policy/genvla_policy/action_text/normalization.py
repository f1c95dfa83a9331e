# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Map robot actions to the model's range and back, by the quantiles of the training data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_ROTATION = slice(3, 6)
ROTATIONS = ('rpy', 'axis_angle')
"""Rotation formats of a data set: roll, pitch and yaw, or an axis times an angle [rad]."""
MOTIONS = ('step', 'mean')
"""Forms in which the model writes the motions of a chunk; see ActionNormalizer.motion."""
_MOTION = slice(0, 6)


@dataclass(frozen=True, eq=False)
class ActionNormalizer:
    """Maps [q01, q99] of each dimension to [-1, 1].

    A dimension whose mask is False (the gripper) is not changed and lies in [0, 1]. A dimension
    that never moved in the data (q01 == q99) becomes 0, and is mapped back to q01.

    Source: OpenVLA's BOUNDS_Q99 (prismatic/vla/datasets/rlds/utils/data_utils.py), without the
    1e-8 in its denominator. This makes the two directions exact inverses.

    Attributes:
        q01: (A,) float64, 1st percentile [m, rad].
        q99: (A,) float64, 99th percentile [m, rad]. At least q01.
        mask: (A,) bool, True for the dimensions that are normalised.
        rotation: Rotation format of the bounds of dimensions 3 to 5, one of ROTATIONS. Actions
            outside this class always have roll, pitch and yaw.
        motion: What the model writes in dimensions 0 to 5 of a chunk's actions. "step": the motion
            of each step. "mean": the mean motion of all steps from the image to that one. The mean
            times the number of steps is the tool's pose relative to its pose in the image (Chi et
            al., "Universal Manipulation Interface", 2024: relative trajectories). An action then
            depends less on those before it, and rounding errors do not add up. The bounds limit
            the means, so a single step may exceed them.

    Raises:
        ValueError: Shapes differ, a bound is not finite, q99 is below q01, or the rotation or
            motion is unknown.
    """

    q01: NDArray[np.float64]
    q99: NDArray[np.float64]
    mask: NDArray[np.bool_]
    rotation: str = 'rpy'
    motion: str = 'step'

    def __post_init__(self) -> None:
        """Reject bounds that cannot be inverted, and unknown formats."""
        if not self.q01.shape == self.q99.shape == self.mask.shape or self.q01.ndim != 1:
            raise ValueError(
                'q01, q99 and mask must be (A,) each, got shapes '
                f'{self.q01.shape}, {self.q99.shape}, {self.mask.shape}'
            )
        if not (np.isfinite(self.q01).all() and np.isfinite(self.q99).all()):
            raise ValueError(f'q01 and q99 must be finite, got {self.q01} and {self.q99}')
        if (self.q99 < self.q01).any():
            bad = np.flatnonzero(self.q99 < self.q01).tolist()
            raise ValueError(f'q99 is below q01 in dimensions {bad}: the two may be swapped')
        if self.rotation not in ROTATIONS:
            raise ValueError(f'rotation is {self.rotation!r}; supported: {list(ROTATIONS)}')
        if self.motion not in MOTIONS:
            raise ValueError(f'motion is {self.motion!r}; supported: {list(MOTIONS)}')

    @classmethod
    def from_statistics(
        cls,
        statistics: Mapping[str, Any],
        dataset: str,
        action_dim: int,
        *,
        motion: str = 'step',
    ) -> ActionNormalizer:
        """Read one data set's bounds from a dataset_statistics.json in OpenVLA's layout.

        Args:
            statistics: {dataset: {"action": {"q01": [A], "q99": [A], "mask": [A]}, ...}}. Without
                a mask, every dimension is normalised, as in OpenVLA. "rotation" beside them is
                one of ROTATIONS; the default is "rpy".
            dataset: Data set that the policy answers for.
            action_dim: Number of action dimensions A.
            motion: One of MOTIONS.

        Raises:
            ValueError: The data set or a field is missing, or a length is not action_dim.
        """
        if dataset not in statistics:
            raise ValueError(
                f'no statistics for data set {dataset!r}; available: {sorted(statistics)}'
            )
        action = statistics[dataset].get('action', {})
        missing = [key for key in ('q01', 'q99') if key not in action]
        if missing:
            raise ValueError(
                f'statistics of {dataset!r} lack action {missing}; available: {sorted(action)}'
            )
        q01 = np.asarray(action['q01'], dtype=np.float64)
        q99 = np.asarray(action['q99'], dtype=np.float64)
        mask = np.asarray(action.get('mask', [True] * action_dim), dtype=np.bool_)
        for key, shape in (('q01', q01.shape), ('q99', q99.shape), ('mask', mask.shape)):
            if shape != (action_dim,):
                raise ValueError(
                    f'statistics of {dataset!r}: action {key} has shape {shape}, '
                    f'the model has {action_dim} action dimensions'
                )
        return cls(q01, q99, mask, action.get('rotation', 'rpy'), motion)

    @property
    def signed(self) -> tuple[bool, ...]:
        """Which dimensions lie in [-1, 1] after normalisation (the others lie in [0, 1])."""
        return tuple(bool(masked) for masked in self.mask)

    def normalize(self, actions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (..., A) actions [m, rad] to the model's range, clipped to it.

        With motion "mean", the actions are (K, A) and begin with the first of a chunk.
        """
        if self.motion == 'mean':
            actions = _with_motions(actions, _means)
        if self.rotation == 'axis_angle':
            actions = _with_rotations(actions, _rotation_vector)
        span = np.where(self.q99 > self.q01, self.q99 - self.q01, np.inf)
        scaled = np.where(
            self.q99 > self.q01, 2.0 * (np.asarray(actions) - self.q01) / span - 1.0, 0.0
        )
        lower = np.where(self.mask, -1.0, 0.0)
        return np.clip(np.where(self.mask, scaled, actions), lower, 1.0)

    def unnormalize(
        self, values: NDArray[np.float64], given: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Map (..., A) values of the model's range back to actions [m, rad].

        Args:
            values: The values. With motion "mean", they are (K, A) and begin with the first of a
                chunk.
            given: Actions that the values, (K, A), begin with, fewer than K. Writing them clipped
                and rounded them; their motions are returned as they are here. With motion "mean",
                the first step after them ends at the pose that the values mean.
        """
        scaled = 0.5 * (np.asarray(values) + 1.0) * (self.q99 - self.q01) + self.q01
        actions: NDArray[np.float64] = np.where(self.mask, scaled, values)
        if self.rotation == 'axis_angle':
            actions = _with_rotations(actions, _rpy)
        if self.motion == 'mean':
            actions = _with_motions(actions, _steps)
        if given is not None:
            num_given = len(given)
            if self.motion == 'mean':
                written = actions[:num_given, _MOTION]
                actions[num_given, _MOTION] += (written - given[:, _MOTION]).sum(axis=0)
            actions[:num_given, _MOTION] = given[:, _MOTION]
        return actions


def _with_motions(
    actions_KA: NDArray[np.float64], written: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return (K, A) actions with their motions converted by `written`."""
    other_KA = np.array(actions_KA, dtype=np.float64)
    other_KA[:, _MOTION] = written(actions_KA[:, _MOTION])
    return other_KA


def _means(steps_K6: NDArray[np.float64]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.cumsum(steps_K6, axis=0) / _counts(steps_K6)
    return means


def _steps(means_K6: NDArray[np.float64]) -> NDArray[np.float64]:
    steps: NDArray[np.float64] = np.diff(means_K6 * _counts(means_K6), axis=0, prepend=0.0)
    return steps


def _counts(motions_K6: NDArray[np.float64]) -> NDArray[np.float64]:
    counts: NDArray[np.float64] = np.arange(1, len(motions_K6) + 1, dtype=np.float64)[
        :, np.newaxis
    ]
    return counts


def _with_rotations(
    actions: NDArray[np.float64], turned: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return (..., A) actions with their rotations converted by `turned`."""
    written = np.array(actions, dtype=np.float64)
    for action_A in written.reshape(-1, written.shape[-1]):
        action_A[_ROTATION] = turned(action_A[_ROTATION])
    return written


def _rpy(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert an axis times an angle to roll, pitch and yaw about fixed axes, both (3,) [rad]."""
    R, _ = cv2.Rodrigues(vector)
    pitch = np.arctan2(-R[2, 0], np.hypot(R[0, 0], R[1, 0]))
    return np.array([np.arctan2(R[2, 1], R[2, 2]), pitch, np.arctan2(R[1, 0], R[0, 0])])


def _rotation_vector(rpy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert roll, pitch and yaw about fixed axes to an axis times an angle, both (3,) [rad]."""
    about_x, about_y, about_z = (cv2.Rodrigues(axis)[0] for axis in np.diag(rpy))
    vector: NDArray[np.float64] = cv2.Rodrigues(about_z @ about_y @ about_x)[0].ravel()
    return vector
