# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run a policy in the simulator step by step, as the episodes of trials do."""

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
"""Callback with the observation and instruction of a step, and the chunk if one was requested."""


class PolicyActor:
    """Requests a chunk from a policy whenever the last one is used up; serves one episode."""

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
            policy: The policy; its state is reset.
            seed: Seed of its noise.
            instruct: Returns the instruction to use, given the task's own.
            watch: Callback for every step.
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
    """Return a policy with comparable answers; the last two are cached."""
    return Policy.load(checkpoint, decoding=SAME_PASSES)
