# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Pose and projection of a camera, relative to the robot's base frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm.rotations import matrix_from_quat_xyzw

Array = NDArray[np.float64]

_NEAREST_M = 0.01
"""Points closer to the camera plane than this count as outside the image [m]."""
_SAME_SHAPE = 0.02
"""Relative difference in aspect ratio up to which an image matches a view (rounding)."""


@dataclass(frozen=True, eq=False)
class CameraView:
    """An ideal pinhole camera; lens distortion is ignored.

    Attributes:
        intrinsics: K, shape (3, 3) [pixels].
        camera_T_base: Pose of the robot's base in the camera's optical frame, shape (4, 4).
        width: Width of the images that the intrinsics apply to [pixels].
        height: Height of those images [pixels].
    """

    intrinsics: Array
    camera_T_base: Array
    width: int
    height: int

    def fits(self, picture: NDArray[np.uint8]) -> bool:
        """Return whether an image (H, W, 3) has the view's aspect ratio: scaled, not cropped."""
        height, width = picture.shape[:2]
        return bool(abs(width * self.height / (height * self.width) - 1.0) < _SAME_SHAPE)

    def project(self, points_N3: Array) -> Array:
        """Return pixels (N, 2) of base-frame points (N, 3) [m]; NaN if behind or too close."""
        homogeneous = np.column_stack([points_N3, np.ones(len(points_N3))])
        in_camera = (homogeneous @ self.camera_T_base.T)[:, :3]
        in_camera[in_camera[:, 2] < _NEAREST_M] = np.nan
        pixels = in_camera @ self.intrinsics.T
        return np.asarray(pixels[:, :2] / pixels[:, 2:])


def mount_of(transforms: Sequence[Any], *, camera_frame: str) -> Array | None:
    """Return base_T_camera, shape (4, 4), from static transforms; None if no chain leads to it.

    Args:
        transforms: geometry_msgs/TransformStamped.
        camera_frame: Frame of the images. Its chain of parents must reach a frame whose name ends
            in base_link.
    """
    parents = {each.child_frame_id: each for each in transforms}
    frame, pose = camera_frame, np.eye(4)
    for _ in range(len(parents) + 1):
        if frame.endswith('base_link'):
            return pose
        if frame not in parents:
            return None
        pose = _matrix(parents[frame].transform) @ pose
        frame = parents[frame].header.frame_id
    return None


def is_calibrated(info: Any) -> bool:
    """Return whether a sensor_msgs/CameraInfo has a size and intrinsics; K is 0 if unmeasured."""
    return bool(info.k[0] > 0.0 and info.k[4] > 0.0 and info.width and info.height)


def view_of(info: Any, base_T_camera: Array) -> CameraView:
    """Return the view of a sensor_msgs/CameraInfo.

    Args:
        info: Its k holds the intrinsics for images of its width and height.
        base_T_camera: Pose of the optical frame (z forward, x right), shape (4, 4).
    """
    intrinsics = np.array(info.k, dtype=np.float64).reshape(3, 3)
    camera_T_base = np.asarray(np.linalg.inv(base_T_camera), dtype=np.float64)
    return CameraView(intrinsics, camera_T_base, int(info.width), int(info.height))


def _matrix(transform: Any) -> Array:
    pose = np.eye(4)
    q, p = transform.rotation, transform.translation
    pose[:3, :3] = matrix_from_quat_xyzw((q.x, q.y, q.z, q.w))
    pose[:3, 3] = (p.x, p.y, p.z)
    return pose
