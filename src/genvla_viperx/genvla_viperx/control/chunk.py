# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy's answer to one image, and the checks before it is executed."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM, GRIPPER
from genvla_viperx.safety.refusal import Refusal, Rule

Array = NDArray[np.float64]

STEP_PERIOD_RANGE_S = (0.001, 10.0)
"""A step period outside this range is a mistake: 0, or milliseconds instead of seconds."""

_PERIOD_TOLERANCE = 0.1


@dataclass(frozen=True, eq=False)
class Chunk:
    """The next H control steps, as they arrived; see `malformed` for the checks.

    Step i is meant for slot `first_slot + i`. If `first_slot` is 0, it is meant for the time
    `[stamp_s + i * step_period_s, stamp_s + (i + 1) * step_period_s)`.

    Attributes:
        stamp_s: Capture time of the image that this chunk answers [s].
        step_period_s: Time between two steps, in `STEP_PERIOD_RANGE_S` [s].
        actions: Shape (H, 7), H >= 1; the columns are those of `ACTION_NAMES`.
        sequence: Number of the chunk in this activation of the policy.
        instruction: The instruction of the chunk; chunks of different instructions are never
            mixed.
        first_slot: Slot of the first action, from 1; 0: the chunk is placed by its stamp.
        num_committed: Number of leading actions that the policy considered executed or started; it
            only decided the actions after them. Below H.
    """

    stamp_s: float
    step_period_s: float
    actions: Array
    sequence: int = 0
    instruction: str = ''
    first_slot: int = 0
    num_committed: int = 0

    def start_s(self, step: int) -> float:
        """Return the start time of a step; step H is the end of the chunk [s]."""
        return self.stamp_s + step * self.step_period_s


def malformed(chunk: Chunk) -> Refusal | None:
    """Return why a chunk can never be executed, or None."""
    actions = chunk.actions
    if actions.ndim != 2 or actions.shape[1] != ACTION_DIM:
        return Refusal(
            Rule.CHUNK_SHAPE,
            f'chunk {chunk.sequence} has actions of shape {actions.shape}, expected (H, 7); '
            'check that the policy was trained for end-effector deltas',
        )
    if len(actions) == 0:
        return Refusal(
            Rule.CHUNK_EMPTY, f'chunk {chunk.sequence} has no steps, expected one or more'
        )
    if chunk.num_committed >= len(actions):
        return Refusal(
            Rule.CHUNK_SHAPE,
            f'num_committed of chunk {chunk.sequence} is {chunk.num_committed}, expected less '
            f'than its {len(actions)} steps: no step is new; check which node publishes '
            'action_chunk',
        )
    shortest_s, longest_s = STEP_PERIOD_RANGE_S
    if not shortest_s <= chunk.step_period_s <= longest_s:
        return Refusal(
            Rule.CHUNK_PERIOD,
            f'chunk {chunk.sequence} has a step period of {chunk.step_period_s} s, expected '
            f'{shortest_s} to {longest_s} s (0.2 s at 5 Hz); check what the policy publishes',
        )
    broken = ~np.isfinite(actions[:, :GRIPPER]).all(axis=1) | np.isinf(actions[:, GRIPPER])
    if not isfinite(chunk.stamp_s) or broken.any():
        return Refusal(
            Rule.CHUNK_NONFINITE,
            f'chunk {chunk.sequence} has NaN or infinity in steps '
            f'{np.flatnonzero(broken).tolist()} (stamp {chunk.stamp_s}); no step is executed; '
            'check the policy and its dataset_statistics.json',
        )
    return None


def unfit(
    chunk: Chunk, shortest_period_s: float, period_s: float, instruction: str | None
) -> Refusal | None:
    """Return why a chunk does not fit this arm or the current instruction, or None.

    Args:
        chunk: Any chunk.
        shortest_period_s: Shortest step period that the servos can follow [s].
        period_s: Step period that the arm is configured for; 0: any [s].
        instruction: The current instruction; empty: it was withdrawn, and no chunk is accepted;
            None: none was announced, and any is accepted.
    """
    if chunk.step_period_s < shortest_period_s:
        return Refusal(
            Rule.CHUNK_PERIOD,
            f'chunk {chunk.sequence} has a step period of {chunk.step_period_s} s, expected at '
            f'least half of move_time_s, {shortest_period_s} s: the servos could not follow',
        )
    if period_s > 0 and abs(chunk.step_period_s - period_s) > _PERIOD_TOLERANCE * period_s:
        return Refusal(
            Rule.CHUNK_PERIOD,
            f'chunk {chunk.sequence} has a step period of {chunk.step_period_s:.3g} s, expected '
            f'step_period_s {period_s:g}: the policy learnt its deltas at another control rate, '
            'so its steps are too long or too short; set step_period_s to 0 to accept any period',
        )
    if instruction is not None and (not instruction or chunk.instruction != instruction):
        return Refusal(
            Rule.CHUNK_INSTRUCTION,
            f"chunk {chunk.sequence} is for '{chunk.instruction}', but policy/instruction is "
            + (f"'{instruction}'" if instruction else 'empty'),
        )
    return None
