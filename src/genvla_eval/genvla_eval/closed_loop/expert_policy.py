# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The scripted expert as a policy that returns chunks: an upper bound for its imitators."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_policy.action_chunk import ActionChunk
from genvla_policy.observation import Observation
from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.tabletop_env import CONTROL_PERIOD_S, TabletopEnv


class ExpertPolicy:
    """Plans from the physical state at the time of the picture, by simulating its actions."""

    def __init__(self, env: TabletopEnv, horizon: int) -> None:
        """Store the environment of an episode, whose state is read at every request.

        Args:
            env: The environment, already reset.
            horizon: Number of actions per chunk.
        """
        self._env, self._horizon = env, horizon

    def infer(
        self, observation: Observation, *, committed: NDArray[np.float64] | None = None
    ) -> ActionChunk:
        """Return the committed actions, (K, 7), followed by the expert's actions."""
        env, actions = self._env, [] if committed is None else list(committed)
        expert, num_committed = Expert(env.task), len(actions)
        with env.undone():
            for action in actions:
                env.step(action)
            while len(actions) < self._horizon:
                actions.append(expert.act(env.state()))
                env.step(actions[-1])
        return ActionChunk(
            np.array(actions),
            CONTROL_PERIOD_S,
            '',
            np.empty(0),
            0.0,
            'expert',
            observation.instruction,
            observation.stamp_s,
            num_committed,
        )
