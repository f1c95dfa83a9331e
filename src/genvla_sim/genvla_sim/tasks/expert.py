# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A scripted expert that solves every task, as a function of the measured state alone."""

from __future__ import annotations

from math import atan2, hypot, pi

import numpy as np
from numpy.typing import NDArray

from genvla_sim.scene.objects import OBJECTS
from genvla_sim.scene.placement import REACHABLE_TABLE, Placement, place_beside
from genvla_sim.scene.state import ObjectState, TabletopState
from genvla_sim.tasks.table_v import Skill, Task, height_above_rest, is_held, is_touched
from genvla_viperx.arm.gripper import opening_from_finger

Array = NDArray[np.float64]

_GAIN = 0.45
"""Share of the measured error that one action corrects. An action moves the tool's target, and the
tool lags it by a step or more. With this gain, the tool comes to rest in a few steps."""
_MAX_STEP_M = 0.04
_MAX_TURN_RAD = 0.2

_GRASP_HEIGHT_M = 0.052
"""Height of the tool above the surface of the object: the finger tips are 46 mm below the tool."""
_HOVER_M, _CARRY_M = 0.09, 0.07
"""Height above the grasp, and of a carried object above its goal, while beside it."""
_HOME = np.array([0.30, 0.0, 0.22])
"""Final position of the tool, in the base frame, once the task is done."""
_SIDEWAYS_M = 0.01
"""Maximum sideways part of a step towards home, so that nothing is dragged."""
_AIMED_M = 0.010
"""Horizontal error below which the tool is over its goal."""
_M_PER_RAD = 0.05
"""Weight of an error of the gripper's yaw relative to one of its position."""
_ARRIVED_M = 0.008
"""Vertical error below which the fingers close."""
_CLOSING_RISE_M = 0.008
"""Rise of the tool in a step that closes the fingers."""
_LET_GO_M = 0.012
_NEAR_GOAL_M = 0.025
"""Target gap when placing an object near another; half of the largest gap that counts as near."""
_RELEASE_OPENING = 0.7
"""Wide enough to release, narrow enough not to push neighbouring objects."""


class Expert:
    """Chooses each action from information visible in a picture, so that a policy can imitate it.

    The fingers need longer than one step to close. Until both pads hold the object, the tool rises
    by a few millimetres per step. A larger rise would leave the object behind. With no rise, a
    policy could get stuck, because closing and closed fingers look alike in its small picture.

    The next position of the tool is relative to its measured position, not to its target, which is
    up to 20 mm ahead and not visible in a picture. The phase of an episode follows from
    measurements (position of the tool, contact of the pads, position of the object); nothing is
    stored between calls. Every action leads to a specific place, even where the arm should stay.
    If "stay" always had the same numbers, they would be the most probable digits whenever a policy
    is uncertain. After success, the tool goes home, with or without the object.
    """

    def __init__(self, task: Task) -> None:
        """Store a task as drawn for one episode.

        Args:
            task: The task, with all colours drawn, see `Task.draw`.
        """
        self._task = task
        self._kind = OBJECTS[task.target]
        self._base = OBJECTS[task.destination or task.target]

    def act(self, state: TabletopState) -> Array:
        """Return the next action, shape (7,): dx dy dz [m], droll dpitch dyaw [rad], gripper."""
        target = state.objects[self._task.target]
        if is_held(target):
            if self._task.destination is None:
                return _rise(state, gripper=0.0)
            return self._carry(state, target)
        if self._task.is_placed(state):
            return self._retreat(state, target)
        return self._grasp(state, target)

    def _grasp(self, state: TabletopState, target: ObjectState) -> Array:
        """Move over the object, down a funnel, and close once the measured tool has arrived."""
        way, turn_rad = self._way(state, target)
        error_m = _horizontal(way) + _M_PER_RAD * abs(turn_rad)
        if error_m < _AIMED_M and abs(way[2]) < _ARRIVED_M:
            closed_on_nothing = opening_from_finger(state.finger_m) < 0.05
            if closed_on_nothing:
                return _rise(state, gripper=1.0)
            return _action(np.array([0.0, 0.0, _CLOSING_RISE_M]), gripper=0.0)
        way[2] += _funnel(error_m, _HOVER_M)
        return _action(_GAIN * way, _GAIN * turn_rad, gripper=1.0)

    def _way(self, state: TabletopState, target: ObjectState) -> tuple[Array, float]:
        """Return the vector to the grasp, shape (3,) [m], and the turn to it [rad]."""
        goal = target.position + (self._kind.grasp_x_m or 0.0) * target.base_T_object[:3, 0]
        goal[2] = max(height_above_rest(self._task.target, target), 0.0) + _GRASP_HEIGHT_M
        return goal - state.base_T_tool[:3, 3], _turn_across(target.yaw, state.base_T_tool)

    def _carry(self, state: TabletopState, target: ObjectState) -> Array:
        """Rise, move over the destination, down a funnel, and release the object there."""
        assert self._task.destination is not None
        goal = self._goal(target, state.objects[self._task.destination])
        error_m = _horizontal(goal - target.position)
        if error_m < _LET_GO_M and target.position[2] - goal[2] < _LET_GO_M / 2:
            return _action(_GAIN * (goal - target.position), gripper=_RELEASE_OPENING)
        goal[2] += _funnel(error_m, _CARRY_M)
        way = _GAIN * (goal - target.position)
        return _action(_upwards(way) if way[2] > 0.01 else way, gripper=0.0)

    def _retreat(self, state: TabletopState, target: ObjectState) -> Array:
        """Open the fingers, and rise once they are free."""
        if is_touched(target):
            way, turn_rad = self._way(state, target)
            return _action(_GAIN * way, _GAIN * turn_rad, gripper=_RELEASE_OPENING)
        return _rise(state, gripper=_RELEASE_OPENING)

    def _goal(self, target: ObjectState, destination: ObjectState) -> Array:
        """Return the goal of the carried object's origin, shape (3,)."""
        if self._task.skill is Skill.PUT_ON:
            return np.array(
                [*destination.position[:2], self._base.top_m + self._kind.rest_height_m]
            )
        here = Placement.from_pose(target.base_T_object)
        spots = [
            place_beside(
                self._kind,
                here.yaw_rad,
                self._base,
                Placement.from_pose(destination.base_T_object),
                direction_rad=direction,
                gap_m=_NEAR_GOAL_M,
            )
            for direction in np.linspace(0.0, 2.0 * pi, 16, endpoint=False)
        ]
        reachable = [spot for spot in spots if REACHABLE_TABLE.contains(spot.x_m, spot.y_m)]
        nearest = min(
            reachable or spots, key=lambda at: hypot(at.x_m - here.x_m, at.y_m - here.y_m)
        )
        return np.array([nearest.x_m, nearest.y_m, self._kind.rest_height_m])


def _funnel(error_m: float, height_m: float) -> float:
    """Return the height to keep above a goal at a horizontal distance from it."""
    return min(max(4.0 * (error_m - _AIMED_M), 0.0), height_m)


def _horizontal(vector: Array) -> float:
    return hypot(vector[0], vector[1])


def _turn_across(object_yaw_rad: float, base_T_tool: Array) -> float:
    """Return the turn that lays the fingers across the object [rad].

    The fingers move along the tool's y axis, which must lie across the object's x axis, in either
    direction. The result is the orientation closer to straight ahead, so it depends only on the
    object's orientation.
    """
    tool_yaw_rad = atan2(-base_T_tool[0, 1], base_T_tool[1, 1])
    return (object_yaw_rad + pi / 2) % pi - pi / 2 - tool_yaw_rad


def _rise(state: TabletopState, *, gripper: float) -> Array:
    """Return an action towards home, upwards first."""
    return _action(_upwards(_GAIN * (_HOME - state.base_T_tool[:3, 3])), gripper=gripper)


def _upwards(way: Array) -> Array:
    """Return the vector with its sideways part limited."""
    share = min(1.0, _SIDEWAYS_M / max(_horizontal(way), 1e-9))
    return np.array([share * way[0], share * way[1], way[2]])


def _action(move: Array, turn_rad: float = 0.0, *, gripper: float) -> Array:
    """Return one action, with the move limited in length and the turn in angle."""
    length_m = float(np.linalg.norm(move))
    step = move * min(1.0, _MAX_STEP_M / max(length_m, 1e-9))
    turn_rad = min(max(turn_rad, -_MAX_TURN_RAD), _MAX_TURN_RAD)
    return np.array([*step, 0.0, 0.0, turn_rad, gripper])
