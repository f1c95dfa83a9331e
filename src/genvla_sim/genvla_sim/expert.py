# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A scripted expert that solves every task, as a function of the measured state alone."""

from __future__ import annotations

from math import atan2, pi

from genvla_viperx.gripper import opening_from_finger
import numpy as np
from numpy.typing import NDArray

from genvla_sim import placement
from genvla_sim.objects import OBJECTS
from genvla_sim.placement import Placement, REACHABLE_TABLE
from genvla_sim.state import ObjectState, TabletopState
from genvla_sim.tasks import (
    free_distance,
    height_above_rest,
    is_held,
    is_on,
    is_touched,
    NEAR_M,
    Skill,
    Task,
)

Array = NDArray[np.float64]

_MAX_STEP_M = 0.04
_MAX_TURN_RAD = 0.2
_GRASP_HEIGHT_M = 0.052
"""Tool above the surface the object lies on: the finger tips are 46 mm below the tool."""
_HOVER_M = 0.09
"""Above the grasp (or the place to put down) while the tool is not yet over it."""
_CARRY_M = 0.07
"""Above its resting place while an object is carried."""
_AIMED_M = 0.006
"""Horizontal error below which the tool is over its goal."""
_NEAR_GOAL_M = 0.025
"""Free distance aimed at when one object is placed near another; half of what counts as near."""
_STILL_M_S = 0.003


class Expert:
    """Decides each action from the state alone, so that a policy that sees the state can copy it.

    Which phase an episode is in follows from what is measured (where the tool is, whether the
    pads hold the object, where it lies); nothing is remembered between calls.
    """

    def __init__(self, task: Task) -> None:
        """Take a task as drawn for one episode.

        Args:
            task: without open colours, see `Task.draw`.
        """
        self._task = task
        self._kind = OBJECTS[task.target]

    def act(self, state: TabletopState) -> Array:
        """Returns the next action, shape (7,): dx dy dz [m], droll dpitch dyaw [rad], gripper."""
        target = state.objects[self._task.target]
        if is_held(target):
            return self._carry(state, target)
        if self._is_placed(state, target):
            return self._retreat(state, target)
        return self._grasp(state, target)

    def _grasp(self, state: TabletopState, target: ObjectState) -> Array:
        """Go over the object, down a funnel, and close where the measured tool has arrived."""
        lies_at = height_above_rest(self._task.target, target)
        goal = target.base_T_object[:3, :3] @ (self._kind.grasp_x_m or 0.0, 0.0, 0.0)
        goal = goal + target.position
        goal[2] = max(lies_at, 0.0) + _GRASP_HEIGHT_M
        turn = _nearest_turn(target.yaw, state.base_T_target)
        off_target = _aim_error(goal, state.base_T_target) + 0.05 * abs(turn)
        if off_target < _AIMED_M and np.linalg.norm(goal - state.base_T_tool[:3, 3]) < 0.010:
            if opening_from_finger(state.finger_m) < 0.05:  # closed on nothing
                return _action((0.0, 0.0, _MAX_STEP_M), 0.0, 1.0)
            return _action(np.zeros(3), 0.0, 0.0)
        goal[2] += _funnel(off_target, _HOVER_M)
        return _action(goal - state.base_T_target[:3, 3], turn, 1.0)

    def _carry(self, state: TabletopState, target: ObjectState) -> Array:
        """Lift, go over the destination, and down a funnel; let go where the object lies there."""
        if state.finger_speed_m_s > _STILL_M_S:
            return _action(np.zeros(3), 0.0, 0.0)
        tool_from_object = state.base_T_tool[:3, 3] - target.position
        if self._task.skill is Skill.PICK:
            return _action((0.0, 0.0, _MAX_STEP_M), 0.0, 0.0)
        goal = self._goal(state, target)
        error = float(np.linalg.norm((goal - target.position)[:2]))
        if error < 0.012 and target.position[2] - goal[2] < 0.006:
            return _action(np.zeros(3), 0.0, self._release_opening)
        height = goal[2] + _funnel(error - 0.004, _CARRY_M)
        goal[2] = height
        if height - target.position[2] > 0.02:  # rise first
            goal[:2] = target.position[:2]
        return _action(goal + tool_from_object - state.base_T_target[:3, 3], 0.0, 0.0)

    def _retreat(self, state: TabletopState, target: ObjectState) -> Array:
        """Open beside the placed object, then rise."""
        rise = 0.0 if is_touched(target) else _MAX_STEP_M
        return _action((0.0, 0.0, rise), 0.0, self._release_opening)

    @property
    def _release_opening(self) -> float:
        """Wide enough to let go, narrow enough not to push what lies next to it."""
        return 0.8

    def _is_placed(self, state: TabletopState, target: ObjectState) -> bool:
        task = self._task
        if task.destination is None:
            return False
        destination = state.objects[task.destination]
        if task.skill is Skill.PUT_ON:
            return is_on(task.target, target, task.destination, destination)
        return (
            height_above_rest(task.target, target) < 0.02
            and free_distance(task.target, target, task.destination, destination) <= NEAR_M
        )

    def _goal(self, state: TabletopState, target: ObjectState) -> Array:
        """Where the origin of the carried object shall be, shape (3,)."""
        task = self._task
        if task.destination is None:
            raise ValueError(f'{task.name} has no destination')
        destination = state.objects[task.destination]
        if task.skill is Skill.PUT_ON:
            height = OBJECTS[task.destination].top_m + self._kind.rest_height_m
            return np.array([*destination.position[:2], height])
        return np.array([*self._spot_near(target, destination), self._kind.rest_height_m])

    def _spot_near(self, target: ObjectState, destination: ObjectState) -> Array:
        """The point nearest to the carried object at the wanted distance from the destination."""
        task = self._task
        fixed = Placement.from_pose(destination.base_T_object)
        at = Placement.from_pose(target.base_T_object)
        spots = []
        for angle in np.linspace(0.0, 2.0 * pi, 24, endpoint=False):
            direction = np.array((np.cos(angle), np.sin(angle)))
            spots.append(_slide_out(task, fixed, at.yaw_rad, direction))
        reachable = [spot for spot in spots if REACHABLE_TABLE.contains(*spot)] or spots
        here = target.position[:2]
        return min(reachable, key=lambda spot: float(np.linalg.norm(spot - here)))


def _slide_out(task: Task, fixed: Placement, yaw_rad: float, direction: Array) -> Array:
    """The first point in a direction from the destination that leaves the wanted gap to it."""
    assert task.destination is not None
    low, high = 0.0, 0.4
    for _ in range(12):
        middle = 0.5 * (low + high)
        x, y = fixed.x_m + middle * direction[0], fixed.y_m + middle * direction[1]
        room = placement.gap(
            OBJECTS[task.target], Placement(x, y, yaw_rad), OBJECTS[task.destination], fixed
        )
        low, high = (middle, high) if room < _NEAR_GOAL_M else (low, middle)
    return np.array((fixed.x_m, fixed.y_m)) + high * direction


def _funnel(error_m: float, height_m: float) -> float:
    """Height above a goal to keep at a horizontal distance from it."""
    return min(max(4.0 * (error_m - _AIMED_M), 0.0), height_m)


def _aim_error(goal: Array, base_T_target: Array) -> float:
    return float(np.linalg.norm((goal - base_T_target[:3, 3])[:2]))


def _nearest_turn(object_yaw_rad: float, base_T_target: Array) -> float:
    """Returns the turn that lays the fingers across the object, in [-pi/2, pi/2] [rad].

    The fingers move along the tool's y axis, which has to end across the object's x axis, either
    way round.
    """
    tool_yaw = atan2(-base_T_target[0, 1], base_T_target[1, 1])
    return (object_yaw_rad - tool_yaw + pi / 2) % pi - pi / 2


def _action(move: Array | tuple[float, float, float], turn_rad: float, opening: float) -> Array:
    """One action with the move limited in length and the turn in angle."""
    step = np.asarray(move, dtype=np.float64)
    length = float(np.linalg.norm(step))
    if length > _MAX_STEP_M:
        step = step * (_MAX_STEP_M / length)
    return np.array([*step, 0.0, 0.0, np.clip(turn_rad, -_MAX_TURN_RAD, _MAX_TURN_RAD), opening])
