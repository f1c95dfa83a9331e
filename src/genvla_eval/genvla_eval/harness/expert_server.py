# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The scripted expert of LIBERO's object suite as a model server.

It needs genvla_eval.harness.libero_on_cpu, whose observations contain the objects' poses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from vla_eval.specs import RAW, STATE_EEF_POS_AA_GRIP, DimSpec

from genvla_eval.harness import libero
from genvla_eval.harness.convention import Array
from genvla_eval.harness.libero_expert import Expert, Scene
from genvla_eval.harness.server import ChunkServer
from genvla_viperx.arm.rotations import matrix_from_rotation_vector

HORIZON = 8
"""Number of actions per chunk."""


class ExpertServer(ChunkServer):
    """Answers observations with the chunks of an expert, one expert per episode."""

    def __init__(self, *, execute: int = 0) -> None:
        """Store the options.

        Args:
            execute: Number of actions of a chunk to execute; 0: all.

        Raises:
            ValueError: execute is not in [0, HORIZON].
        """
        super().__init__(libero.CONVENTION, horizon=HORIZON, num_cameras=1, execute=execute)
        self._experts: dict[str, Expert] = {}

    def chunks(
        self, obs_batch: Sequence[Mapping[str, Any]], ctx_batch: Sequence[Any]
    ) -> list[Array]:
        """Return the experts' chunks, shape (H, 7) each.

        Raises:
            ValueError: The instruction is not one of the object suite, or the poses are missing.
        """
        return [
            self._expert(obs, ctx.episode_id).plan(scene_of(obs), self.chunk_size)
            for obs, ctx in zip(obs_batch, ctx_batch, strict=True)
        ]

    async def on_episode_end(self, result: dict[str, Any], ctx: Any) -> None:
        """Forget the episode."""
        self._experts.pop(ctx.episode_id, None)
        await super().on_episode_end(result, ctx)

    def get_observation_spec(self) -> dict[str, DimSpec]:
        """Return the required observations."""
        spec = super().get_observation_spec()
        return {**spec, 'state': STATE_EEF_POS_AA_GRIP, 'object_poses': RAW}

    def get_observation_params(self) -> dict[str, Any]:
        """Return the parameters that the harness sets in the benchmark."""
        params = super().get_observation_params()
        return {
            **params,
            'send_state': True,
            'send_poses': True,
            'picture_every': self.chunk_size,
        }

    def _expert(self, obs: Mapping[str, Any], episode: str) -> Expert:
        if episode not in self._experts:
            self._experts[episode] = Expert(str(obs.get('task_description', '')))
        return self._experts[episode]


def scene_of(obs: Mapping[str, Any]) -> Scene:
    """Return the scene in an observation of LiberoOnCpu.

    Raises:
        ValueError: The observation lacks the state of the arm or the poses of the objects.
    """
    missing = [key for key in ('states', 'object_poses') if key not in obs]
    if missing:
        raise ValueError(
            f'the observation has no {missing[0]!r}, only {sorted(obs)}; run the benchmark '
            'genvla_eval.harness.libero_on_cpu:LiberoOnCpu'
        )
    state = np.asarray(obs['states'], dtype=np.float64)
    return Scene(
        tool_position=state[:3],
        world_R_tool=matrix_from_rotation_vector(state[3:6]),
        objects={
            name.rpartition('_')[0]: np.asarray(pose, dtype=np.float64)[:3]
            for name, pose in obs['object_poses'].items()
        },
    )
