# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""LIBERO for a computer without a GPU, as a benchmark of vla-evaluation-harness.

It runs in the virtual environment of underlay/libero.lock, where neither PyTorch nor the rest of
genvla is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vla_eval.benchmarks.base import StepResult
from vla_eval.benchmarks.libero.benchmark import LIBEROBenchmark
from vla_eval.specs import RAW, DimSpec

POSES = 'object_poses'
"""Key of the objects' poses in an observation."""


# vla-eval has no type information.
class LiberoOnCpu(LIBEROBenchmark):  # type: ignore[misc]
    """LIBERO with fewer pictures and, on request, the poses of the objects.

    Differences from vla-eval's LIBERO:

    - a picture is drawn when the server needs a new chunk, and repeated until the next one; the
      harness discards the pictures in between;
    - the observation contains the objects' poses if the server requests them;
    - the initial states are read without PyTorch.
    """

    def __init__(self, picture_every: int = 1, send_poses: bool = False, **params: Any) -> None:
        """Store the parameters.

        Args:
            picture_every: Number of steps per picture; must be the number of actions that the
                server executes of each chunk.
            send_poses: Whether observations contain the poses of all objects.
            params: Parameters of LIBEROBenchmark.

        Raises:
            ValueError: picture_every is not positive.
        """
        if picture_every < 1:
            raise ValueError(f'picture_every is {picture_every}, expected at least 1')
        super().__init__(**params)
        self._picture_every, self._send_poses = picture_every, send_poses
        self._steps = 0
        self._task_suite: Any = None
        self._pictures: dict[str, Any] = {}

    def _init_libero(self) -> None:
        if self._task_suite is None:
            benchmark = import_module('libero.libero.benchmark')
            self._task_suite = benchmark.get_benchmark_dict()[self.suite]()

    def reset(self, task: Any) -> Any:
        """Start an episode and return robosuite's observation."""
        raw = super().reset(task)
        self._steps = 0
        self._draw(False)
        return raw

    def step(self, action: Any) -> StepResult:
        """Execute an action of LIBERO and return robosuite's observation."""
        self._steps += 1
        return super().step(action)

    def make_obs(self, raw_obs: Mapping[str, Any], task: Any) -> dict[str, Any]:
        """Return the observation to send.

        Besides vla-eval's content, it has the entry "object_poses" if requested: by the name of
        each object, its position [m] and quaternion in order x y z w in the world frame,
        shape (7,).
        """
        if self._steps % self._picture_every == 0:
            self._pictures = self._drawn()
        obs: dict[str, Any] = super().make_obs({**raw_obs, **self._pictures}, task)
        if self._send_poses:
            obs[POSES] = poses(raw_obs)
        return obs

    def get_observation_spec(self) -> dict[str, DimSpec]:
        """Return the observations that the benchmark sends."""
        spec: dict[str, DimSpec] = super().get_observation_spec()
        return {**spec, POSES: RAW} if self._send_poses else spec

    def _cameras(self) -> list[Any]:
        assert self._env is not None
        observables = self._env.env._observables
        return [each for name, each in observables.items() if name.endswith('_image')]

    def _draw(self, enabled: bool) -> None:
        for camera in self._cameras():
            camera.set_enabled(enabled)

    def _drawn(self) -> dict[str, Any]:
        """Return new pictures by robosuite's name, only of the cameras that are sent."""
        drawn = {}
        for camera in self._cameras():
            if camera.name == 'agentview_image' or self.send_wrist_image:
                camera.set_enabled(True)
                camera.update(timestep=0.0, obs_cache={}, force=True)
                drawn[camera.name] = np.array(camera.obs)
                camera.set_enabled(False)
        return drawn


def poses(raw_obs: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Return the pose of every object in an observation of robosuite.

    Returns:
        Position [m] and quaternion in order x y z w in the world frame, shape (7,), by the name
        of the object, such as "milk_1".
    """
    names = [key.removesuffix('_pos') for key in raw_obs if key.endswith('_pos')]
    return {
        name: np.hstack([raw_obs[f'{name}_pos'], raw_obs[f'{name}_quat']])
        for name in names
        if f'{name}_quat' in raw_obs and 'robot0' not in name
    }
