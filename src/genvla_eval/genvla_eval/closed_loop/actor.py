# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy that acts in the simulator step by step: trials run their episodes with it."""

from __future__ import annotations

from collections.abc import Callable
import functools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_policy.action_chunk import ActionChunk
from genvla_policy.decoding.options import SAME_PASSES
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation

Watch = Callable[[dict[str, Any], str, ActionChunk | None], None]
"""Gets what was observed and instructed in a step; a chunk where the policy was asked for one."""


class PolicyActor:
    """Asks a policy for a chunk whenever the last one is used up; serves one episode."""

    def __init__(
        self,
        policy: Policy,
        seed: int,
        *,
        instruct: Callable[[str], str] = str,
        watch: Watch | None = None,
    ) -> None:
        """Restart the policy.

        Args:
            policy: It forgets what it did before.
            seed: Of its noise.
            instruct: Returns the instruction to give, from the task's own.
            watch: Called in every step.
        """
        policy.restart(seed)
        self._policy, self._instruct, self._watch = policy, instruct, watch
        self._chunk: list[NDArray[np.float64]] = []

    def __call__(self, observation: dict[str, Any], info: dict[str, Any]) -> NDArray[np.float64]:
        """Return the next action, shape (7,)."""
        instruction = self._instruct(info['instruction'])
        answer = None
        if not self._chunk:
            answer = self._policy.infer(Observation((observation['image'],), instruction, 0.0))
            self._chunk = list(answer.actions)
        if self._watch is not None:
            self._watch(observation, instruction, answer)
        return self._chunk.pop(0)


@functools.lru_cache(maxsize=2)
def load_policy(checkpoint: Path) -> Policy:
    """Return a policy whose answers can be compared; the last two stay in memory."""
    return Policy.load(checkpoint, decoding=SAME_PASSES)
