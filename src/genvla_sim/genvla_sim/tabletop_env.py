# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tasks as a gymnasium environment with end-effector actions at 5 Hz."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium import spaces
from gymnasium.error import ResetNeeded
import numpy as np
from numpy.typing import NDArray

from genvla_sim.camera import TABLE_CAMERA, Camera
from genvla_sim.state import TabletopState
from genvla_sim.tabletop_simulation import TabletopSimulation
from genvla_sim.tasks import TASKS, Task
from genvla_viperx import gripper
from genvla_viperx.end_effector_delta import apply_delta
from genvla_viperx.inverse_kinematics import solve
from genvla_viperx.kinematics import forward

Array = NDArray[np.float64]
Observation = dict[str, Any]

CONTROL_PERIOD_S = 0.2
MAX_TRANSLATION_M, MAX_ROTATION_RAD = 0.05, 0.25
"""Bounds of one action, per axis; what is beyond is clipped."""
MAX_JOINT_STEP_RAD = 0.5
"""A joint moves no further in one control step; near the wrist's singularity it falls behind."""
FIRST_TRAINING_SEED = 1_000_000
"""Scenes from this seed on are for demonstrations, those before it for evaluation."""

_RAMP_STEPS = 20


class TabletopEnv(gymnasium.Env[Observation, Array]):
    """One task at the table, for a policy that sees the camera picture.

    Action, shape (7,): dx dy dz [m] and droll dpitch dyaw [rad] in the base frame, applied to the
    previous target pose as `genvla_viperx.end_effector_delta` says, then the gripper, 0 closed to
    1 open. An action that asks for a pose out of reach moves the gripper only.

    Observation: `image` (height, width, 3) uint8 RGB (absent with `render_images=False`),
    `joint_positions` (6,) [rad], `gripper` (1,) measured opening, `base_T_tool` (4, 4) measured.

    Reward: 1 when the task succeeds, which terminates the episode, else 0.

    Info: `instruction`, `task`, `success`, `clipped` (the action was beyond its bounds) and
    `violated` (why the pose was refused, empty if it was not).
    """

    metadata = {'render_modes': ['rgb_array'], 'render_fps': 5}  # noqa: RUF012 - as gymnasium declares it

    def __init__(
        self,
        task: str | Task = 'PickCarrot',
        *,
        image_size: tuple[int, int] = (640, 480),
        render_images: bool = True,
        max_steps: int = 80,
        camera: Camera = TABLE_CAMERA,
    ) -> None:
        """Choose a task.

        Args:
            task: a name from `TASKS`, or a task of one's own.
            image_size: (width, height) [pixels].
            render_images: without, a step is about five times faster.
            max_steps: the episode is truncated then.
            camera: the view; its size gives way to `image_size`.

        Raises:
            ValueError: if no task has that name.
        """
        self._row = _task(task)
        self._camera = camera.resized(*image_size)
        self._render_images = render_images
        self._max_steps = max_steps
        self._simulations: dict[tuple[str, ...], TabletopSimulation] = {}
        self._episode: tuple[Task, TabletopSimulation] | None = None
        self._target = np.eye(4)
        self._steps = 0
        self.render_mode = 'rgb_array'
        bound = np.array([MAX_TRANSLATION_M] * 3 + [MAX_ROTATION_RAD] * 3)
        self._lowest, self._highest = np.array([*-bound, 0.0]), np.array([*bound, 1.0])
        self.action_space = spaces.Box(self._lowest, self._highest, dtype=np.float64)
        self.observation_space = self._space(image_size)

    @property
    def task(self) -> Task:
        """The task of this episode, with its colours drawn."""
        return self._current[0]

    @property
    def simulation(self) -> TabletopSimulation:
        """The physics of this episode."""
        return self._current[1]

    @property
    def _current(self) -> tuple[Task, TabletopSimulation]:
        if self._episode is None:
            raise ResetNeeded('no episode has begun: call reset() first')
        return self._episode

    def state(self) -> TabletopState:
        """Returns the measured state, for the expert and for reports."""
        return self.simulation.state()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; the seed decides where everything lies and which colours are asked."""
        super().reset(seed=seed)
        task = self._row.draw(self.np_random)
        simulation = self._simulation_of(task.objects)
        simulation.reset(task.place(self.np_random))
        self._episode = task, simulation
        self._target = forward(simulation.joint_targets())
        self._steps = 0
        return self._observe(), self._info(success=False, clipped=False, violated=())

    def step(self, action: Array) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Execute one action over 0.2 s.

        Raises:
            ValueError: if the action is not 7 finite numbers; nothing moves then.
        """
        wanted = _checked(action)
        within = np.clip(wanted, self._lowest, self._highest)
        violated = self._move(within)
        self._steps += 1
        success = self.task.success(self.simulation.state())
        info = self._info(
            success=success, clipped=not np.array_equal(wanted, within), violated=violated
        )
        truncated = self._steps >= self._max_steps and not success
        return self._observe(), float(success), success, truncated, info

    def render(self) -> NDArray[np.uint8]:
        """Returns the camera picture, shape (height, width, 3) uint8 RGB."""
        return self.simulation.render(self._camera)

    def close(self) -> None:
        """Free the OpenGL contexts."""
        for simulation in self._simulations.values():
            simulation.close()

    def _move(self, action: Array) -> tuple[str, ...]:
        """Ramp the joint targets over one control period; returns why a pose was refused."""
        simulation = self.simulation
        start = simulation.joint_targets()
        target = apply_delta(self._target, action)
        solution = solve(target, start)
        goal = start
        if solution.q is not None:
            self._target = target
            goal = start + np.clip(solution.q - start, -MAX_JOINT_STEP_RAD, MAX_JOINT_STEP_RAD)
        simulation.set_finger_target(gripper.finger_from_opening(float(action[6])))
        for share in np.linspace(0.0, 1.0, _RAMP_STEPS + 1)[1:]:
            simulation.set_joint_targets(start + share * (goal - start))
            simulation.step(CONTROL_PERIOD_S / _RAMP_STEPS)
        return solution.violated

    def _simulation_of(self, objects: tuple[str, ...]) -> TabletopSimulation:
        if objects not in self._simulations:
            self._simulations[objects] = TabletopSimulation(objects)
        return self._simulations[objects]

    def _observe(self) -> Observation:
        state = self.simulation.state()
        observation: Observation = {
            'joint_positions': state.joint_positions,
            'gripper': np.array([gripper.opening_from_finger(state.finger_m)]),
            'base_T_tool': state.base_T_tool,
        }
        if self._render_images:
            observation['image'] = self.render()
        return observation

    def _space(self, image_size: tuple[int, int]) -> spaces.Dict:
        width, height = image_size
        entries: dict[str, spaces.Space[Any]] = {
            'joint_positions': spaces.Box(-np.inf, np.inf, (6,), np.float64),
            'gripper': spaces.Box(-np.inf, np.inf, (1,), np.float64),
            'base_T_tool': spaces.Box(-np.inf, np.inf, (4, 4), np.float64),
        }
        if self._render_images:
            entries['image'] = spaces.Box(0, 255, (height, width, 3), np.uint8)
        return spaces.Dict(entries)

    def _info(self, *, success: bool, clipped: bool, violated: tuple[str, ...]) -> dict[str, Any]:
        return {
            'instruction': self.task.instruction,
            'task': self.task.name,
            'success': success,
            'clipped': clipped,
            'violated': violated,
        }


def _task(task: str | Task) -> Task:
    if isinstance(task, Task):
        return task
    if task not in TASKS:
        raise ValueError(f'no task is called {task!r}; there are {sorted(TASKS)}')
    return TASKS[task]


def _checked(action: Array) -> Array:
    values = np.asarray(action, dtype=np.float64)
    if values.shape != (7,):
        raise ValueError(
            f'an action has shape (7,), got {values.shape}: give one step, not a chunk'
        )
    if not np.isfinite(values).all():
        raise ValueError(f'an action has finite numbers only, got {values.tolist()}')
    return values
