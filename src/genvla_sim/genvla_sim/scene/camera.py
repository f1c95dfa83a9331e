# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A fixed pinhole camera: its position, view and intrinsics."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians, tan

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion, upright, looking at a point.

    Pixel coordinates are (u, v), u to the right, v down, with (0, 0) at the centre of the first
    pixel. The optical frame has x right, y down and z forward, as in REP 103.
    """

    position: tuple[float, float, float]
    """Position in the base frame [m]."""
    look_at: tuple[float, float, float]
    """The point in the middle of the picture, in the base frame [m]."""
    fovy_deg: float
    """Vertical field of view."""
    width: int = 640
    height: int = 480

    @property
    def intrinsics(self) -> Array:
        """The matrix K of `sensor_msgs/CameraInfo`, shape (3, 3) [pixels]."""
        focal = 0.5 * self.height / tan(0.5 * radians(self.fovy_deg))
        return np.array(
            [
                [focal, 0.0, 0.5 * (self.width - 1)],
                [0.0, focal, 0.5 * (self.height - 1)],
                [0.0, 0.0, 1.0],
            ]
        )

    @property
    def base_T_optical(self) -> Array:
        """Pose of the optical frame in the base, shape (4, 4)."""
        forward = np.subtract(self.look_at, self.position)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3, :3] = np.column_stack((right, np.cross(forward, right), forward))
        pose[:3, 3] = self.position
        return pose

    def project(self, points: ArrayLike) -> Array:
        """Return the pixels of points in the base frame, shape (N, 2) from (N, 3) [m].

        A point behind the camera becomes NaN; one outside the picture has a pixel outside it.
        """
        base_T_optical = self.base_T_optical
        rays = (np.atleast_2d(points) - base_T_optical[:3, 3]) @ base_T_optical[:3, :3]
        depth = np.where(rays[:, 2:] > 0.0, rays[:, 2:], np.nan)
        projected: Array = (rays / depth @ self.intrinsics.T)[:, :2]
        return projected

    def resized(self, width: int, height: int) -> Camera:
        """Return the same view at another resolution."""
        return Camera(self.position, self.look_at, self.fovy_deg, width, height)


TABLE_CAMERA = Camera(position=(0.10, 0.50, 0.50), look_at=(0.31, 0.01, 0.02), fovy_deg=38.0)
"""The camera of the tasks: over the robot's left shoulder, as BridgeData's over-the-shoulder view.

It is far enough to the side for the gripper to enter from the edge of the picture. In the expert's
episodes, at 160x120, the object to grasp starts with at least 80 pixels (230 on average) and never
has fewer than 60. Positions nearer to the arm or behind the shoulder hide the object in some
episodes.
"""
