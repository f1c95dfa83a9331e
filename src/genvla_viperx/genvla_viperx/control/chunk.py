# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy's answer to one image, and whether it is fit to be executed."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM, GRIPPER
from genvla_viperx.safety.refusal import Refusal, Rule

Array = NDArray[np.float64]

STEP_PERIOD_RANGE_S = (0.001, 10.0)
"""Outside of this a step period is a mistake: 0, or milliseconds taken for seconds."""

_PERIOD_TOLERANCE = 0.1


@dataclass(frozen=True, eq=False)
class Chunk:
    """The next H control steps, as they came; see `malformed` for what is checked.

    Step i is meant for slot `first_slot + i`, or, if that is 0, for
    `[stamp_s + i * step_period_s, stamp_s + (i + 1) * step_period_s)`.

    Attributes:
        stamp_s: When the image was captured that this chunk answers [s].
        step_period_s: Time between two steps, in `STEP_PERIOD_RANGE_S` [s].
        actions: Shape (H, 7), H >= 1; the columns are those of `ACTION_NAMES`.
        sequence: Counts the chunks of one activation of the policy.
        instruction: The instruction in force; chunks of different instructions are never mixed.
        first_slot: The slot of the first action, from 1; 0: the chunk goes by its stamp.
        num_committed: So many actions, from the first, the policy took for executed or begun; it
            decided those after them. Below H.
    """

    stamp_s: float
    step_period_s: float
    actions: Array
    sequence: int = 0
    instruction: str = ''
    first_slot: int = 0
    num_committed: int = 0

    def start_s(self, step: int) -> float:
        """Returns when a step begins; step H is the end of the chunk [s]."""
        return self.stamp_s + step * self.step_period_s


def malformed(chunk: Chunk) -> Refusal | None:
    """Returns why a chunk cannot be executed at any time, or None."""
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
            f'chunk {chunk.sequence} has {len(actions)} steps and num_committed '
            f'{chunk.num_committed}, so that the policy decided nothing; check what publishes on '
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
            f'{np.flatnonzero(broken).tolist()} (stamp {chunk.stamp_s}); none of it is executed; '
            'check the policy and its dataset_statistics.json',
        )
    return None


def unfit(
    chunk: Chunk, shortest_period_s: float, period_s: float, instruction: str | None
) -> Refusal | None:
    """Returns why a chunk is not for this arm or not for now, or None.

    Args:
        chunk: Any chunk.
        shortest_period_s: What the servos can follow [s].
        period_s: Step period that the arm is set up for; 0: any [s].
        instruction: The one in force; None: none was announced, any will do.
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
            f'chunk {chunk.sequence} has a step period of {chunk.step_period_s:.3g} s, this arm '
            f'is set up for step_period_s {period_s:g}: the policy learnt its deltas on a robot '
            'of another rate, where a step goes another way; set step_period_s to 0 if that is '
            'meant',
        )
    if instruction is not None and chunk.instruction != instruction:
        return Refusal(
            Rule.CHUNK_INSTRUCTION,
            f"chunk {chunk.sequence} is for '{chunk.instruction}', but policy/instruction says "
            + (f"'{instruction}'" if instruction else 'that there is none'),
        )
    return None
