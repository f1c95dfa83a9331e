# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A scripted expert for the ten tasks of LIBERO's object suite.

Every task puts one object into the basket. All positions are in the world frame of the simulation
[m], whose axes are parallel to those of the robot's base and whose floor is at z = 0.

The expert does not see what happens while a chunk is executed. It therefore predicts the arm with
the equation of LIBERO's own controller, and chooses each action of a chunk for the predicted pose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from genvla_eval.harness.libero_objects import BASKET, HEIGHTS_M, object_of
from genvla_policy.pretrained.libero_units import (
    LARGEST_ROTATION_RAD,
    LARGEST_TRANSLATION_M,
    LIBERO_RATE_HZ,
)
from genvla_viperx.arm.rotations import (
    matrix_from_rotation_vector,
    rotation_vector_from_matrix,
    rpy_from_matrix,
)

Array = NDArray[np.float64]

_NATURAL_RATE = sqrt(150.0)
"""Source: robosuite 1.4.0, controllers/config/osc_pose.json: kp 150, damping ratio 1."""
_WORLD_R_DOWN = np.diag([1.0, -1.0, -1.0])
"""Orientation of the hand that points down, with the fingers moving along the world's y axis."""

_HOVER_Z_M = 0.20
"""Height of the fingers on the way to an object; the tallest object is 0.146 m high."""
_LOWEST_GRIP_M = 0.012
"""The finger tips are 9 mm below the point between the fingers."""
_PALM_M = 0.030
"""The palm is 31 mm above the point between the fingers."""
_CARRY_M = 0.17
"""Height of a carried object's base; the rim of the basket is at 0.141 m."""
_RELEASE_Z_M = 0.155
"""Lowest height at which the opening fingers do not touch the rim."""
_DROP_M = 0.03
"""Height of the base of a tall object when the fingers open."""
_LOST_M = 0.03
"""Distance from the fingers at which an object is no longer held."""
_INSIDE_M = 0.06
"""Horizontal distance from the basket's centre within which an object is inside."""
_CLOSING_STEPS, _OPENING_STEPS = 12, 8
"""The fingers need 0.4 s from open to closed."""


class Phase(IntEnum):
    """What the arm does, in the order of an episode."""

    OVER = 0
    DOWN = 1
    CLOSE = 2
    UP = 3
    ACROSS = 4
    LOWER = 5
    OPEN = 6
    RETREAT = 7


@dataclass(frozen=True)
class Scene:
    """What the expert measures at the beginning of a chunk.

    Attributes:
        tool_position: Point between the fingers, shape (3,) [m].
        world_R_tool: Orientation of the hand, shape (3, 3).
        objects: Position of the origin of each object by kind ("milk", "basket"), shape (3,) [m].
    """

    tool_position: Array
    world_R_tool: Array
    objects: Mapping[str, Array]


def settle(error: Array, speed: Array) -> tuple[Array, Array]:
    """Return the distance to the controller's goal and the speed one step later, both (3,).

    The controller pulls the tool towards its goal as a critically damped spring.

    Args:
        error: Goal minus pose at the beginning of the step, shape (3,) [m or rad].
        speed: Speed at the beginning of the step, shape (3,) [m/s or rad/s].
    """
    period_s = 1.0 / LIBERO_RATE_HZ
    decay = exp(-_NATURAL_RATE * period_s)
    slope = _NATURAL_RATE * error - speed
    later = (error + slope * period_s) * decay
    return later, _NATURAL_RATE * later - slope * decay


class Expert:
    """Puts the named object into the basket, in one episode."""

    def __init__(self, instruction: str) -> None:
        """Start an episode.

        Raises:
            ValueError: The instruction is not one of the object suite.
        """
        self.phase = Phase.OVER
        self._kind = object_of(instruction)
        self._base_m, self._top_m = HEIGHTS_M[self._kind]
        self._speed, self._turning = np.zeros(3), np.zeros(3)
        self._steps = 0

    def plan(self, scene: Scene, horizon: int) -> Array:
        """Return the next actions in the units of an ActionChunk, shape (H, 7).

        Each action is dx dy dz [m] and droll dpitch dyaw [rad] about the world's axes, from the
        pose of the tool when the action begins, and the opening of the fingers, 0 or 1.

        Raises:
            KeyError: The scene lacks the object or the basket.
        """
        self._notice(scene)
        tool = scene.tool_position
        turn = rotation_vector_from_matrix(_WORLD_R_DOWN @ scene.world_R_tool.T)
        actions = []
        for _ in range(horizon):
            self._advance(self._goal(scene) - tool)
            move = _limited(self._goal(scene) - tool, LARGEST_TRANSLATION_M)
            turned = _limited(turn, LARGEST_ROTATION_RAD)
            rpy = rpy_from_matrix(matrix_from_rotation_vector(turned))
            actions.append(np.hstack([move, rpy, float(not self._holds)]))
            left, self._speed = settle(move, self._speed)
            tool = tool + move - left
            left, self._turning = settle(turned, self._turning)
            turn = turn - turned + left
        return np.array(actions)

    @property
    def _holds(self) -> bool:
        return Phase.CLOSE <= self.phase <= Phase.LOWER

    def _notice(self, scene: Scene) -> None:
        """Begin again if the object is not where the last chunk should have left it."""
        target = scene.objects[self._kind]
        if Phase.UP <= self.phase <= Phase.LOWER:
            lost = np.linalg.norm((target - scene.tool_position)[:2]) > _LOST_M or (
                abs(target[2] - scene.tool_position[2]) > self._top_m + _LOST_M
            )
        else:
            beside = np.linalg.norm((target - scene.objects[BASKET])[:2]) > _INSIDE_M
            lost = self.phase is Phase.RETREAT and bool(beside)
        if lost:
            self._enter(Phase.OVER)

    def _advance(self, way: Array) -> None:
        """Enter the next phase if the predicted tool has done what the phase is for."""
        self._steps += 1
        distance_m = float(np.linalg.norm(way))
        resting = float(np.linalg.norm(self._speed)) < 0.05
        arrived = {
            Phase.OVER: distance_m < 0.01,
            Phase.DOWN: distance_m < 0.004 and resting,
            Phase.CLOSE: self._steps > _CLOSING_STEPS,
            Phase.UP: distance_m < 0.02,
            Phase.ACROSS: distance_m < 0.01,
            Phase.LOWER: distance_m < 0.01 and resting,
            Phase.OPEN: self._steps > _OPENING_STEPS,
            Phase.RETREAT: False,
        }
        if arrived[self.phase]:
            self._enter(Phase(self.phase + 1))

    def _enter(self, phase: Phase) -> None:
        self.phase, self._steps = phase, 0

    def _goal(self, scene: Scene) -> Array:
        """Return where the tool has to go in this phase, shape (3,)."""
        target, basket, tool = (
            scene.objects[self._kind],
            scene.objects[BASKET],
            scene.tool_position,
        )
        if self.phase <= Phase.CLOSE:
            grip_m = max(target[2], target[2] + self._top_m - _PALM_M, _LOWEST_GRIP_M)
            return np.array([*target[:2], _HOVER_Z_M if self.phase is Phase.OVER else grip_m])
        held_m = float(np.clip(tool[2] - target[2], -self._base_m, self._top_m)) + self._base_m
        if self.phase is Phase.UP:
            return np.array([*tool[:2], _CARRY_M + held_m])
        over = basket[:2] + (tool - target)[:2]
        if self.phase is Phase.ACROSS:
            return np.array([*over, _CARRY_M + held_m])
        if self.phase is Phase.RETREAT:
            return np.array([*tool[:2], _CARRY_M + _HOVER_Z_M])
        return np.array([*over, max(_RELEASE_Z_M, held_m + _DROP_M)])


def _limited(vector: Array, largest: float) -> Array:
    """Return the vector, shortened if a component exceeds the largest step."""
    return vector * min(1.0, largest / max(float(np.abs(vector).max()), 1e-9))
