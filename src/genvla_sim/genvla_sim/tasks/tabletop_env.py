# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tasks as a gymnasium environment with end-effector actions at 5 Hz."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
from gymnasium import spaces
from gymnasium.error import ResetNeeded
import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM
from genvla_sim.arm.driver import ARM
from genvla_sim.physics.simulated_arm import TICK_S, SimulatedArm
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.camera import TABLE_CAMERA, Camera
from genvla_sim.scene.state import TabletopState
from genvla_sim.tasks.table_v import TASKS, Task
from genvla_viperx.arm import gripper
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.fingers import raised
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.arm.kinematics import forward
from genvla_viperx.arm.vx300s import GRIPPER_NAME
from genvla_viperx.safety.config import SafetyConfig

Array = NDArray[np.float64]
Observation = dict[str, Any]

CONTROL_PERIOD_S = 0.2
MAX_TRANSLATION_M, MAX_ROTATION_RAD = 0.05, 0.25
"""Bounds of one action per axis; larger values are clipped."""
MAX_JOINT_STEP_RAD = 0.5
"""Maximum joint motion in one control step; near the wrist's singularity, the arm lags."""
FIRST_TRAINING_SEED = 1_000_000
"""Scenes from this seed on are for demonstrations, lower seeds for evaluation."""
LATENCY_S = 0.1
"""Latency from a picture to the motion that answers it, measured through ROS with the tiny
policy."""

_BRIDGE = SafetyConfig()
"""The bridge's profile times and lowest finger height."""


def check_latency(latency_s: float) -> None:
    """Reject an invalid latency.

    Raises:
        ValueError: The latency is below 0, or not below the control period.
    """
    if not 0.0 <= latency_s < CONTROL_PERIOD_S:
        raise ValueError(
            f'latency_s is {latency_s}, expected at least 0 and less than the control period of '
            f'{CONTROL_PERIOD_S} s'
        )


class TabletopEnv(gymnasium.Env[Observation, Array]):
    """One task at the table, for a policy that sees the camera picture.

    Action, shape (7,): dx dy dz [m] and droll dpitch dyaw [rad] in the base frame, applied to the
    previous target pose as in `genvla_viperx.arm.end_effector_delta`, then the gripper, 0 closed
    to 1 open. If an action leads to a pose out of reach, only its gripper command runs. A target
    pose that would press the fingers into the table is raised, as by the bridge. The bridge's
    other rules, which protect a real arm, do not apply. The servos have the bridge's profile
    times, so a motion of arm or fingers takes a little longer than a step. It starts `latency_s`
    after the picture that it answers.

    Observation: `image` (height, width, 3) uint8 RGB (absent with `render_images=False`),
    `joint_positions` (6,) [rad], `gripper` (1,) measured opening, `base_T_tool` (4, 4) measured.

    Reward: 1 when the task succeeds, which terminates the episode, else 0.

    Info: `instruction`, `task`, `success`, `clipped` (the action exceeded its bounds) and
    `violated` (why the pose was rejected, empty if it was not).
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
        latency_s: float = LATENCY_S,
    ) -> None:
        """Choose a task.

        Args:
            task: A name from `TASKS`, or a custom task.
            image_size: (width, height) [pixels].
            render_images: Whether to render; without pictures, a step is about five times faster.
            max_steps: Number of steps after which the episode is truncated.
            camera: The view; `image_size` replaces its size.
            latency_s: Latency from 0 to below 0.2 [s], rounded to hundredths; `reset` may change
                it.

        Raises:
            ValueError: The task does not exist, or the latency is invalid.
        """
        self._row = _task(task)
        self._latency_s = _in_ticks(latency_s)
        self._camera = camera.resized(*image_size)
        self._render_images = render_images
        self._max_steps = max_steps
        self._arms: dict[tuple[str, ...], SimulatedArm] = {}
        self._episode: tuple[Task, SimulatedArm] | None = None
        self._target, self._goal = np.eye(4), np.zeros(6)
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
        return self.arm.simulation

    @property
    def arm(self) -> SimulatedArm:
        """The arm of this episode, for commands outside `step`."""
        return self._current[1]

    @property
    def _current(self) -> tuple[Task, SimulatedArm]:
        if self._episode is None:
            raise ResetNeeded('no episode has started: call reset() first')
        return self._episode

    def state(self) -> TabletopState:
        """Return the measured state, for the expert and for reports."""
        return self.simulation.state()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; the seed determines the placements and the drawn colours.

        Args:
            seed: Seed of the episode; None: continue the random sequence.
            options: `latency_s` for this and later episodes.

        Raises:
            ValueError: The latency is invalid.
        """
        super().reset(seed=seed)
        if options and 'latency_s' in options:
            self._latency_s = _in_ticks(options['latency_s'])
        task = self._row.draw(self.np_random)
        arm = self._arm_of(task.objects)
        arm.simulation.reset(task.place(self.np_random))
        arm.restart()
        self._episode = task, arm
        self._goal = arm.simulation.joint_targets()
        self._target = forward(self._goal)
        self._steps = 0
        return self._observe(), self._info(success=False, clipped=False, violated=())

    def step(self, action: Array) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Execute one action over 0.2 s.

        Raises:
            ValueError: The action is not 7 finite numbers; nothing moves.
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

    def set_goal(self, q: Array) -> None:
        """Set the last commanded joint positions, shape (6,) [rad].

        The next step starts there. Use it when the arm was commanded outside `step`.
        """
        self._goal, self._target = q.copy(), forward(q)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo, bit by bit, all steps inside the with statement; none of them is rendered.

        This allows a look-ahead, such as the expert's next actions.
        """
        kept = self._target, self._goal, self._steps, self._render_images
        self._render_images = False
        try:
            with self.arm.undone():
                yield
        finally:
            self._target, self._goal, self._steps, self._render_images = kept

    def render(self) -> NDArray[np.uint8]:
        """Return the camera picture, shape (height, width, 3) uint8 RGB."""
        return self.simulation.render(self._camera)

    def close(self) -> None:
        """Free the OpenGL contexts."""
        for arm in self._arms.values():
            arm.simulation.close()

    def _move(self, action: Array) -> tuple[str, ...]:
        """Run one control period; return why a pose was rejected."""
        self._pass(self._latency_s)
        target = raised(apply_delta(self._target, action), _BRIDGE.finger_floor)
        solution = solve(target, self._goal)
        if solution.q is not None:
            step = solution.q - self._goal
            self._target = target
            self._goal = self._goal + np.clip(step, -MAX_JOINT_STEP_RAD, MAX_JOINT_STEP_RAD)
            self.arm.driver.command_group(ARM, self._goal.tolist(), self.arm.time_s)
        self.arm.driver.command_single(
            GRIPPER_NAME, gripper.full_opening_m(float(action[6])), self.arm.time_s
        )
        self._pass(CONTROL_PERIOD_S - self._latency_s)
        return solution.violated

    def _pass(self, duration_s: float) -> None:
        for _ in range(round(duration_s / TICK_S)):
            self.arm.step(TICK_S)

    def _arm_of(self, objects: tuple[str, ...]) -> SimulatedArm:
        if objects not in self._arms:
            self._arms[objects] = _arm_with_the_bridges_profile(TabletopSimulation(objects))
        return self._arms[objects]

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


def _arm_with_the_bridges_profile(simulation: TabletopSimulation) -> SimulatedArm:
    arm = SimulatedArm(simulation)
    profile = round(1000 * _BRIDGE.move_time_s), round(1000 * _BRIDGE.acceleration_time_s)
    arm.driver.set_operating_modes('group', ARM, 'position', 'time', *profile)
    arm.driver.set_operating_modes('single', GRIPPER_NAME, 'linear_position', 'time', *profile)
    return arm


def _in_ticks(latency_s: float) -> float:
    check_latency(latency_s)
    rounded_s = round(latency_s / TICK_S) * TICK_S
    check_latency(rounded_s)
    return rounded_s


def _task(task: str | Task) -> Task:
    if isinstance(task, Task):
        return task
    if task not in TASKS:
        raise ValueError(f'no task is called {task!r}; available: {sorted(TASKS)}')
    return TASKS[task]


def _checked(action: Array) -> Array:
    values = np.asarray(action, dtype=np.float64)
    if values.shape != (ACTION_DIM,):
        raise ValueError(
            f'an action must have shape (7,), got {values.shape}: pass one step, not a chunk'
        )
    if not np.isfinite(values).all():
        raise ValueError(f'an action must be finite, got {values.tolist()}')
    return values
