# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The arm in 3-D as in the safety rules, its obstacles, and the path of the chunk."""

from __future__ import annotations

from nicegui import ui
from nicegui.elements.scene.scene_object3d import Object3D
import numpy as np
from numpy.typing import NDArray

from genvla_console.web.robot_view import JOINTS, RobotView
from genvla_viperx.arm import shape
from genvla_viperx.arm.obstacles import Obstacles

Array = NDArray[np.float64]

_ARM, _STALE_ARM, _BASE, _TABLE = '#3c4250', '#c4c8d0', '#22262e', '#b08d57'
_PATH, _COMMITTED, _KEEP_OUT = '#ffaa00', '#5ac8ff', '#c62828'
_TABLE_M = (0.9, 1.2, 0.02)
_MOST_STEPS = 16
_UNMOVED_RAD = 1e-3
_ROUND = 24


class _Capsule:
    """A cylinder with a sphere at each end."""

    def __init__(self, scene: ui.scene, ends_23: Array, radius: float, colour: str) -> None:
        length = float(np.linalg.norm(ends_23[1] - ends_23[0]))
        self._tube = scene.cylinder(radius, radius, length, _ROUND).material(colour)
        self._balls = [scene.sphere(radius, _ROUND, _ROUND).material(colour) for _ in ends_23]
        self.place(ends_23)

    def paint(self, colour: str) -> None:
        """Change the colour of the shapes."""
        for part in (self._tube, *self._balls):
            part.material(colour)

    def place(self, ends_23: Array) -> None:
        """Move the shapes to a segment."""
        for ball, end in zip(self._balls, ends_23.tolist(), strict=True):
            ball.move(*end)
        self._tube.move(*ends_23.mean(axis=0).tolist())
        self._tube.rotate_R(_y_towards(ends_23[1] - ends_23[0]).tolist())


class ArmScene:
    """A scene that follows a RobotView; one per page."""

    def __init__(self, view: RobotView) -> None:
        """Build the scene, with a grey arm at zero angles until its joints are known."""
        self._view = view
        self._shown_q = np.zeros(6)
        self._shown_colour = _STALE_ARM
        self._shown_chunk = -1
        self._shown_obstacles: Obstacles | None = None
        self._boxes: list[Object3D] = []
        with ui.scene(width=560, height=420, grid=(2, 20), background_color='#f4f5f7') as scene:
            self._table = scene.box(*_TABLE_M).material(_TABLE)
            self._place_table(0.0)
            for capsule in shape.FIXED:
                _Capsule(scene, np.array(capsule.ends), capsule.radius, _BASE)
            ends_C23 = shape.segments(self._shown_q[None])[0]
            # The load exists only while the arm carries an object.
            self._capsules = [
                _Capsule(scene, ends_23, capsule.radius * 0.8, self._shown_colour)
                for ends_23, capsule in zip(ends_C23, shape.CAPSULES, strict=True)
                if capsule.name != 'load'
            ]
            self._steps = [
                scene.sphere(0.008, 12, 12).material(_PATH).visible(False)
                for _ in range(_MOST_STEPS)
            ]
        self._scene = scene
        scene.move_camera(x=1.0, y=-0.9, z=0.7, look_at_x=0.25, look_at_y=0.0, look_at_z=0.15)
        scene.classes('w-full')

    def update(self) -> None:
        """Show the arm, grey while its joints are unknown, its planned path and its obstacles."""
        colour = _STALE_ARM if self._view.silence(JOINTS) else _ARM
        if colour != self._shown_colour:
            self._shown_colour = colour
            for capsule in self._capsules:
                capsule.paint(colour)
        q = self._view.q
        if q is not None and np.abs(q - self._shown_q).max() > _UNMOVED_RAD:
            self._shown_q = q
            for capsule, ends_23 in zip(self._capsules, shape.segments(q[None])[0], strict=False):
                capsule.place(ends_23)
        obstacles = self._view.obstacles
        if obstacles is not None and not _are_equal(obstacles, self._shown_obstacles):
            self._shown_obstacles = obstacles
            self._place_table(obstacles.table_height)
            self._place_boxes(obstacles.boxes)
        chunk = self._view.chunk
        if chunk is not None and chunk.sequence != self._shown_chunk:
            self._shown_chunk = chunk.sequence
            points = chunk.path_N3[1:].tolist()
            for number, step in enumerate(self._steps):
                if number < len(points):
                    step.move(*points[number])
                    step.material(_COMMITTED if number < chunk.num_committed else _PATH)
                step.visible(number < len(points))

    def _place_table(self, height: float) -> None:
        self._table.move(0.35, 0.0, height - _TABLE_M[2] / 2)

    def _place_boxes(self, boxes_N6: Array) -> None:
        for shown in self._boxes:
            shown.delete()
        with self._scene:
            self._boxes = [
                self._scene.box(*(box[3:] - box[:3]).tolist())
                .material(_KEEP_OUT, opacity=0.35)
                .move(*(0.5 * (box[:3] + box[3:])).tolist())
                for box in boxes_N6
            ]


def _are_equal(one: Obstacles, other: Obstacles | None) -> bool:
    return (
        other is not None
        and one.table_height == other.table_height
        and np.array_equal(one.boxes, other.boxes)
    )


def _y_towards(direction_3: Array) -> Array:
    """Return the rotation that points a cylinder of three.js, whose axis is y, in a direction."""
    length = float(np.linalg.norm(direction_3))
    y_3 = direction_3 / length if length > 0 else np.array([0.0, 1.0, 0.0])
    helper_3 = np.eye(3)[int(np.abs(y_3).argmin())]
    x_3 = np.cross(y_3, helper_3)
    x_3 /= np.linalg.norm(x_3)
    return np.column_stack([x_3, y_3, np.cross(x_3, y_3)])
