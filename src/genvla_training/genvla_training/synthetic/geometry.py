# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Locations of objects in a scene: in the picture, and relative to the gripper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_sim.scene.objects import OBJECTS
from genvla_training.synthetic.scenes import Scene

Array = NDArray[np.float64]

_MIN_PIXELS = 60
"""Minimum number of pixels of a visible object."""
_TIP_M = 0.046
"""Distance from the tool's frame to the finger tips, along its x axis [m]."""


def seen(scene: Scene) -> list[str]:
    """Return the names of the visible objects, in the order of the scene."""
    return [name for name in scene.state.objects if (scene.bodies == name).sum() >= _MIN_PIXELS]


def words(name: str) -> str:
    """Return the words for an object."""
    return OBJECTS[name].words


def tip(scene: Scene) -> Array:
    """Return the point between the finger tips, shape (3,), in the base frame [m]."""
    pose = scene.state.base_T_tool
    return pose[:3, 3] + _TIP_M * pose[:3, 0]


def tip_pixel(scene: Scene) -> Array:
    """Return the point between the finger tips in the picture, (u, v) [px]."""
    pixel: Array = scene.camera.project(tip(scene)[None])[0]
    return pixel


def object_pixel(scene: Scene, name: str) -> Array:
    """Return the grasp point of an object in the picture, (u, v) [px]."""
    pixel: Array = scene.camera.project(_grasp_point(scene, name)[None])[0]
    return pixel


def from_gripper(scene: Scene, name: str) -> Array:
    """Return the vector from finger tips to grasp point, shape (3,), in the base frame [m]."""
    return _grasp_point(scene, name) - tip(scene)


def is_long(name: str) -> bool:
    """Return whether an object has a long side, so that only a half turn leaves it unchanged."""
    return OBJECTS[name].half_length_m > 0.0


def gripper_yaw(scene: Scene) -> float:
    """Return the direction across which the fingers close, seen from above [rad]."""
    pose = scene.state.base_T_tool
    return float(np.arctan2(-pose[0, 1], pose[1, 1]))


def turn_from_gripper(scene: Scene, name: str) -> float:
    """Return the turn that lays the fingers across an object, in [-pi/2, pi/2) [rad]."""
    turn = scene.state.objects[name].yaw - gripper_yaw(scene)
    return (turn + np.pi / 2) % np.pi - np.pi / 2


def _grasp_point(scene: Scene, name: str) -> Array:
    pose = scene.state.objects[name].base_T_object
    return pose[:3, 3] + (OBJECTS[name].grasp_x_m or 0.0) * pose[:3, 0]
