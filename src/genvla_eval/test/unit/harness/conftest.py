# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""LIBERO's arm, fingers, object and basket without physics, driven by LIBERO's own actions."""

import numpy as np
import pytest

from genvla_eval.harness.libero_expert import Scene
from genvla_eval.harness.libero_objects import HEIGHTS_M
from genvla_viperx.arm.rotations import matrix_from_rotation_vector, rotation_vector_from_matrix

_SUBSTEPS, _SUBSTEP_S = 25, 0.002
_KP = 150.0
_KD = 2.0 * np.sqrt(_KP)


class FakeLibero:
    """A tool on springs; fingers that close in 0.4 s; an object that follows closed fingers."""

    def __init__(self, kind, tilt=(0.0, -0.06, 0.0)):
        self.kind, self.base_m = kind, HEIGHTS_M[kind][0]
        self.tool, self.speed = np.array([-0.15, 0.0, 0.25]), np.zeros(3)
        self.R = matrix_from_rotation_vector(tilt) @ np.diag([1.0, -1.0, -1.0])
        self.spin = np.zeros(3)
        self.opening = 1.0
        self.object = np.array([0.05, -0.10, self.base_m])
        self.basket = np.array([0.0, 0.26, 0.0])
        self.held_at = None

    @property
    def scene(self):
        return Scene(self.tool, self.R, {self.kind: self.object, 'basket': self.basket})

    @property
    def tilt_rad(self):
        return np.linalg.norm(rotation_vector_from_matrix(np.diag([1.0, -1.0, -1.0]) @ self.R.T))

    @property
    def in_basket(self):
        inside = np.abs(self.object - self.basket)[:2].max() < 0.06
        return bool(inside and self.held_at is None)

    def step(self, action):
        """Execute dx dy dz and a rotation vector as parts of the largest step, and -1 to open."""
        goal = self.tool + 0.05 * np.clip(action[:3], -1.0, 1.0)
        goal_R = matrix_from_rotation_vector(0.5 * np.clip(action[3:6], -1.0, 1.0)) @ self.R
        for _ in range(_SUBSTEPS):
            self.speed = self.speed + _SUBSTEP_S * (_KP * (goal - self.tool) - _KD * self.speed)
            self.tool = self.tool + _SUBSTEP_S * self.speed
            turn = rotation_vector_from_matrix(goal_R @ self.R.T)
            self.spin = self.spin + _SUBSTEP_S * (_KP * turn - _KD * self.spin)
            self.R = matrix_from_rotation_vector(_SUBSTEP_S * self.spin) @ self.R
        self.opening = np.clip(self.opening + (0.125 if action[6] < 0 else -0.125), 0.0, 1.0)
        self._follow()

    def drop(self):
        """Let the object fall to the floor below."""
        self.held_at = None
        self.object = np.array([*self.object[:2], self.base_m])

    def _follow(self):
        top_m = HEIGHTS_M[self.kind][1]
        away = self.object - self.tool
        # Only fingers that were open around the object can close on it.
        near = np.linalg.norm(away[:2]) < 0.01 and -top_m - 0.015 < away[2] < top_m + 0.005
        if self.opening > 0.2 and self.held_at is not None:
            self.drop()
        if self.opening == 0.0 and near and self.tilt_rad < 0.1:
            self.held_at = away if self.held_at is None else self.held_at
        if self.held_at is not None:
            self.object = self.tool + self.held_at


@pytest.fixture
def fake_libero():
    """The class FakeLibero."""
    return FakeLibero
