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
_MEETING, _FIRST_PAIRS = np.unique(_PARTS, return_index=True)
"""Parts that can meet another, and the first pair of each: a part's pairs are neighbours."""
_PAIR_RADII = _ALL_RADII[_PARTS] + _ALL_RADII[_PARTNERS]


def segments(q_K6: Array) -> Array:
    """Return the segment ends of the moving capsules in the base, shape (K, C, 2, 3) [m]."""
    poses = kinematics.link_poses_of(q_K6)[:, _LINKS]
    ends: Array = _ENDS @ poses[..., :3, :3].swapaxes(-1, -2) + poses[..., None, :3, 3]
    return ends


def depths_in_itself(ends_KC23: Array) -> Array:
    """Return how deep each part is in another part of the arm, shape (K, C) [m].

    Negative outside; -inf if a part cannot meet another.

    Args:
        ends_KC23: Result of `segments`.
    """
    depths_KC = np.full(ends_KC23.shape[:2], -np.inf)
    depths_KP = _depths_of_pairs(ends_KC23)
    depths_KC[:, _MEETING] = np.maximum.reduceat(depths_KP, _FIRST_PAIRS, axis=1)
    return depths_KC


def partner_of(part: int, ends_C23: Array) -> str:
    """Return the name of the part of the arm that a part is deepest in.

    Args:
        part: Index of a part that can meet another.
        ends_C23: Result of `segments` for one joint vector.
    """
    depths_P = np.where(part == _PARTS, _depths_of_pairs(ends_C23[None])[0], -np.inf)
    return _ALL[_PARTNERS[depths_P.argmax()]].name


def _depths_of_pairs(ends_KC23: Array) -> Array:
    ends_KA23 = np.empty((len(ends_KC23), len(_ALL), 2, 3))
    ends_KA23[:, : len(CAPSULES)] = ends_KC23
    ends_KA23[:, len(CAPSULES) :] = _FIXED_ENDS
    apart_KP = segment_distance(ends_KA23.take(_PARTS, axis=1), ends_KA23.take(_PARTNERS, axis=1))
    depths: Array = _PAIR_RADII - apart_KP
    return depths


def segment_distance(a: Array, b: Array) -> Array:
    """Return the distance of segments, shapes (..., 2, 3) [m]; no segment may be a point.

    Source: Ericson, Real-Time Collision Detection, 5.1.9.
    """
    # One product gives all the dot products: on a few segments, numpy's calls cost the time.
    vectors = np.empty((*a.shape[:-2], 3, 3))  # along a, along b, from b to a
    np.subtract(a[..., 1, :], a[..., 0, :], out=vectors[..., 0, :])
    np.subtract(b[..., 1, :], b[..., 0, :], out=vectors[..., 1, :])
    np.subtract(a[..., 0, :], b[..., 0, :], out=vectors[..., 2, :])
    products = vectors @ vectors.swapaxes(-1, -2)
    aa, ab, a_between = products[..., 0, 0], products[..., 0, 1], products[..., 0, 2]
    bb, b_between = products[..., 1, 1], products[..., 1, 2]
    # For parallel segments, any position along them will do.
    crossing = np.maximum(aa * bb - ab * ab, 1e-12)
    share_a = _unit(ab * b_between - a_between * bb, crossing)
    share_b = _unit(ab * share_a + b_between, bb)
    shares = np.empty((*share_b.shape, 3))
    shares[..., 0] = _unit(ab * share_b - a_between, aa)
    np.negative(share_b, out=shares[..., 1])
    shares[..., 2] = 1.0
    apart = (shares[..., None, :] @ vectors)[..., 0, :]
    distance: Array = np.sqrt(np.einsum('...i,...i->...', apart, apart))
    return distance


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
