# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The ViperX 300 S as capsules: their positions, distances, and largest motions.

The capsules contain the vertices of the arm's meshes (a test checks this). Base and shoulder are
round about the waist's axis, so the rotation of the waist does not move their capsules.

Shape suffixes: K joint vectors, C capsules that move, A all capsules, P pairs of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import kinematics, vx300s

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Capsule:
    """All points within a radius of a segment.

    Attributes:
        name: An operator's name for this part of the arm.
        link: Index of the frame that it moves with, as in `kinematics.link_poses`; -1: the base.
        ends: Ends of the segment in that frame [m].
        radius: [m].
        may_touch: Whether it may touch the table.
    """

    name: str
    link: int
    ends: tuple[tuple[float, float, float], tuple[float, float, float]]
    radius: float
    may_touch: bool = False


CAPSULES = (
    Capsule('upper arm', 1, ((0.015, 0.0, 0.0), (0.015, 0.0, 0.29)), 0.060),
    Capsule('elbow', 1, ((0.0, 0.0, 0.29), (0.060, 0.0, 0.30)), 0.060),
    Capsule('forearm', 2, ((0.0, 0.0, 0.0), (0.30, 0.0, 0.0)), 0.060),
    Capsule('wrist', 5, ((-0.05, 0.0, 0.005), (0.04, 0.0, 0.005)), 0.047),
    Capsule('gripper', 5, ((0.045, -0.05, 0.0), (0.045, 0.05, 0.0)), 0.047),
    Capsule('fingers', 5, ((0.090, -0.05, 0.0), (0.090, 0.05, 0.0)), 0.042, may_touch=True),
    Capsule('fingers', 5, ((0.125, -0.05, 0.0), (0.125, 0.05, 0.0)), 0.042, may_touch=True),
    # About as long as a hand; the real size of a load is unknown.
    Capsule('load', 5, ((0.125, -0.03, 0.0), (0.125, 0.03, 0.0)), 0.080, may_touch=True),
)
"""The moving capsules; the last one exists only while something is carried."""

LOAD = len(CAPSULES) - 1

FIXED = (
    Capsule('base', -1, ((-0.11, 0.0, 0.0), (0.0, 0.0, 0.0)), 0.112),
    Capsule('shoulder', -1, ((0.0, 0.0, 0.05), (0.0, 0.0, 0.11)), 0.064),
)

_ALL = (*CAPSULES, *FIXED)
_LINKS = np.array([capsule.link for capsule in CAPSULES])
_ENDS = np.array([capsule.ends for capsule in CAPSULES])
_FIXED_ENDS = np.array([capsule.ends for capsule in FIXED])
RADII = np.array([capsule.radius for capsule in CAPSULES])
_ALL_RADII = np.array([capsule.radius for capsule in _ALL])

# Joint limits keep neighbouring parts apart, and the forearm away from all parts below it. The
# hand can only meet the forearm while it carries something.
_STATIONS = {
    'wrist': ('base', 'shoulder', 'upper arm', 'elbow'),
    'gripper': ('base', 'shoulder', 'upper arm', 'elbow'),
    'fingers': ('base', 'shoulder', 'upper arm', 'elbow'),
    'load': ('base', 'shoulder', 'upper arm', 'elbow', 'forearm'),
}
_PAIRS = np.array(
    [
        (part, other)
        for part, capsule in enumerate(CAPSULES)
        for other, partner in enumerate(_ALL)
        if partner.name in _STATIONS.get(capsule.name, ())
    ]
)
_PARTS, _PARTNERS = _PAIRS.T
_PAIR_RADII = _ALL_RADII[_PARTS] + _ALL_RADII[_PARTNERS]


def segments(q_K6: Array) -> Array:
    """Return the segment ends of the moving capsules in the base, shape (K, C, 2, 3) [m]."""
    poses = kinematics.link_poses_of(q_K6)[:, _LINKS]
    ends: Array = _ENDS @ poses[..., :3, :3].swapaxes(-1, -2) + poses[..., None, :3, 3]
    return ends


def depths_in_itself(ends_KC23: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return how deep each part is in another part of the arm, and in which one.

    Args:
        ends_KC23: Result of `segments`.

    Returns:
        Depths, shape (K, C) [m], negative outside, -inf if a part cannot meet another; and indices
        of the other part for `part_name`, shape (K, C).
    """
    fixed = np.broadcast_to(_FIXED_ENDS, (len(ends_KC23), *_FIXED_ENDS.shape))
    ends_KA23 = np.concatenate([ends_KC23, fixed], axis=1)
    apart_KP = segment_distance(ends_KA23[:, _PARTS], ends_KA23[:, _PARTNERS])
    depths_KCA = np.full((len(ends_KC23), len(CAPSULES), len(_ALL)), -np.inf)
    depths_KCA[:, _PARTS, _PARTNERS] = _PAIR_RADII - apart_KP
    return depths_KCA.max(axis=2), depths_KCA.argmax(axis=2)


def part_name(index: int) -> str:
    """Return an operator's name for a part of the arm, moving or fixed."""
    return _ALL[index].name


def segment_distance(a: Array, b: Array) -> Array:
    """Return the distance of segments, shapes (..., 2, 3) [m]; no segment may be a point.

    Source: Ericson, Real-Time Collision Detection, 5.1.9.
    """
    along_a, along_b = a[..., 1, :] - a[..., 0, :], b[..., 1, :] - b[..., 0, :]
    between = a[..., 0, :] - b[..., 0, :]
    aa, bb, ab = _dot(along_a, along_a), _dot(along_b, along_b), _dot(along_a, along_b)
    a_between, b_between = _dot(along_a, between), _dot(along_b, between)
    # For parallel segments, any position along them will do.
    crossing = np.maximum(aa * bb - ab * ab, 1e-12)
    share_a = _unit(ab * b_between - a_between * bb, crossing)
    share_b = _unit(ab * share_a + b_between, bb)
    share_a = _unit(ab * share_b - a_between, aa)
    apart = between + share_a[..., None] * along_a - share_b[..., None] * along_b
    distance: Array = np.sqrt(_dot(apart, apart))
    return distance


def _dot(a: Array, b: Array) -> Array:
    product: Array = np.einsum('...i,...i->...', a, b)
    return product


def _unit(numerator: Array, denominator: Array) -> Array:
    share: Array = np.minimum(np.maximum(numerator / denominator, 0.0), 1.0)
    return share


def _reaches() -> Array:
    """Return the largest distance of each part from each joint's axis, shape (C, 6) [m].

    0 if the joint does not move the part. The last three axes meet in the wrist's centre.
    """
    elbow = np.hypot(vx300s.UPPER_ARM_X, vx300s.UPPER_ARM_Z)
    reaches = np.zeros((len(CAPSULES), vx300s.NUM_JOINTS))
    for number, capsule in enumerate(CAPSULES):
        ends = np.array(capsule.ends)
        own = float(np.linalg.norm(ends, axis=1).max()) + capsule.radius
        if capsule.link == 1:
            reaches[number, :2] = own
        elif capsule.link == 2:
            reaches[number, :3] = elbow + own, elbow + own, own
        else:
            ends[:, 0] += vx300s.WRIST_ANGLE_TO_ROTATE
            hand = float(np.linalg.norm(ends, axis=1).max()) + capsule.radius
            aside = float(np.linalg.norm(ends[:, 1:], axis=1).max()) + capsule.radius
            arm = elbow + vx300s.FOREARM + hand
            reaches[number] = arm, arm, vx300s.FOREARM + hand, hand, hand, aside
    return reaches


_REACHES = _reaches()


def motion(q_from: Array, q_to: Array) -> Array:
    """Return the largest motion of any point of each part in a joint step, shape (C,) [m].

    Args:
        q_from: Joint positions, shape (6,) [rad].
        q_to: Where all joints arrive together, shape (6,) [rad].
    """
    ways: Array = _REACHES @ np.abs(q_to - q_from)
    return ways
