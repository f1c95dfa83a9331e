# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Schedule the actions of chunks: one action per step period."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, floor

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.control.chunk import Chunk, malformed
from genvla_viperx.safety.refusal import Refusal, Rule
from genvla_viperx.safety.settings import check_ranges, setting

Array = NDArray[np.float64]

_CLOCK_RESOLUTION_S = 1e-4
"""Two times closer than this count as equal: doubles of seconds since 1970 resolve 2e-7 s."""

_TICK_S = 0.025
"""A delay longer than this is not just the spacing of 50 Hz ticks: the phase restarts with this
call. A shorter delay keeps the phase, because otherwise every coarse tick would stretch the
period."""

_PULL_IN = 0.1
"""Share of its period by which a step may be cut short while the next step is late. Without it,
one slow answer would delay all following steps, because each waits for the step before it to
end."""


class Execution(StrEnum):
    """How chunks are turned into motion.

    Attributes:
        STREAMING: Drop the steps of a chunk whose slots have started when it arrives; the rest
            replaces the queued steps. For policies that answer within half of their chunk's
            length.
        BLOCKING: Execute all steps from the first, without ageing; the next chunk must come from
            an image of the arm standing still. For policies slower than a step. OpenVLA and Octo
            are evaluated this way on BridgeData (openvla/openvla issue 114).
    """

    STREAMING = 'streaming'
    BLOCKING = 'blocking'


@dataclass(frozen=True)
class SchedulerConfig:
    """The settings of chunk execution; the bridge has parameters of the same names.

    Raises:
        ValueError: A value is outside its range.
    """

    execution: Execution = setting(
        Execution.STREAMING,
        'streaming: late steps are dropped. blocking, for policies slower than a step: the whole '
        'chunk is executed, then the arm stands still for the next image',
        choices=tuple(Execution),
    )
    max_chunk_age_s: float = setting(
        5.0, 'Chunks that answer older images are refused', unit='s', ge=0.1, le=9.9
    )
    max_chunk_future_s: float = setting(
        0.1, 'Chunks stamped further in the future are refused', unit='s', ge=0.0, le=5.0
    )
    settle_s: float = setting(
        0.3,
        'blocking: time from the end of the last step until the arm stands still',
        unit='s',
        ge=0.0,
        le=10.0,
    )
    ensemble_decay: float = setting(
        -1.0,
        'streaming: each action is the mean over all chunks that cover its time; the n-th newest '
        'chunk (from 0) has weight exp(-decay n). Below 0: only the newest chunk counts',
        ge=-1.0,
        le=100.0,
    )

    def __post_init__(self) -> None:
        """Reject values outside their range."""
        check_ranges(self)


def shortest_period_s(step_period_s: float, execution: Execution) -> float:
    """Return the shortest time between two steps of a chunk [s].

    It is shorter than the step period if a late step may cut the step before it short.

    Args:
        step_period_s: Step period of the chunk [s].
        execution: How the chunk is executed.
    """
    pulled_in = 0.0 if execution is Execution.BLOCKING else _PULL_IN
    return step_period_s * (1.0 - pulled_in)


@dataclass(frozen=True, eq=False)
class Slot:
    """The time in which one step of a chunk is executed.

    Attributes:
        number: Number of the slot in the schedule, from 1.
        begin_s: Start time [s].
        chunk: The chunk being executed.
        step: Index of the executed step in the chunk.
        action: Action of the step, shape (7,): a mean if chunks are ensembled.
    """

    number: int
    begin_s: float
    chunk: Chunk
    step: int
    action: Array


class ChunkScheduler:
    """Holds the accepted chunks and returns their steps, at most one per step period.

    A chunk that names the slot of its first action starts with the step of the next slot. Any
    other chunk is placed by the stamp of its image in streaming execution: steps whose time is
    over are dropped, and a late step may cut the step before it short by at most a tenth. In
    blocking execution, it starts with its first step.

    Attributes:
        num_begun: Number of slots that have started; the number of the last one.
    """

    def __init__(self, config: SchedulerConfig) -> None:
        """Start empty: the first action of the first chunk is due at once."""
        self._config = config
        self._chunk: Chunk | None = None
        self._next_step = 0
        self._older: list[Chunk] = []
        self.num_begun = 0
        self._due_s = self._begun_s = -float('inf')
        self._still_s = self._halted_s = -float('inf')

    @property
    def num_queued(self) -> int:
        """Number of steps still to be executed."""
        return 0 if self._chunk is None else len(self._chunk.actions) - self._next_step

    @property
    def shortest_period_s(self) -> float:
        """Shortest time between two steps of the current chunk; infinite without a chunk [s]."""
        if self._chunk is None:
            return float('inf')
        return shortest_period_s(self._chunk.step_period_s, self._config.execution)

    def is_idle(self, now_s: float) -> bool:
        """Return whether nothing is queued and the last step's period is over."""
        return self.num_queued == 0 and now_s >= self._due_s - _CLOCK_RESOLUTION_S

    def accept(self, chunk: Chunk, now_s: float) -> Refusal | None:
        """Accept a chunk, or return why it is refused and change nothing."""
        refusal = malformed(chunk) or self._mistimed(chunk, now_s) or self._misplaced(chunk)
        if refusal is not None:
            return refusal
        if chunk.first_slot:
            first = self._next_slot - chunk.first_slot
        elif self._config.execution is Execution.BLOCKING:
            first = 0
        else:
            first = _first_step_that_ends_after(chunk, max(now_s, self._due_s))
        if first >= len(chunk.actions):
            return Refusal(Rule.CHUNK_PAST, self._why_too_late(chunk, now_s))
        self._remember_for_ensembling(chunk)
        self._chunk, self._next_step = chunk, first
        return None

    def next_slot(self, now_s: float) -> Slot | None:
        """Start the next slot and return it, or return None if none is due.

        If the chunk is placed by its stamp, a step that a stalled caller missed by a whole period
        is dropped, not caught up. Other steps wait for the caller.
        """
        if now_s < self._earliest_s - _CLOCK_RESOLUTION_S:
            return None
        chunk = self._chunk
        if chunk is not None and self._goes_by_time(chunk):
            missed = _first_step_that_ends_after(chunk, now_s - chunk.step_period_s)
            self._next_step = max(self._next_step, missed)
        if chunk is None or self._next_step >= len(chunk.actions):
            self._chunk, self._older = None, []
            return None
        step, action = self._next_step, self._ensembled(chunk, self._next_step)
        self._next_step += 1
        self.num_begun += 1
        self._begun_s = now_s
        on_time = 0.0 <= now_s - self._due_s < min(_TICK_S, chunk.step_period_s / 2)
        self._due_s = (self._due_s if on_time else now_s) + chunk.step_period_s
        self._still_s = self._due_s + self._config.settle_s
        begin_s = self._due_s - chunk.step_period_s
        return Slot(self.num_begun, begin_s, chunk, step, action)

    def forget_times(self) -> None:
        """Drop all queued steps and due times, because the clock was set."""
        self.clear(-float('inf'))
        self._due_s = self._begun_s = self._halted_s = -float('inf')

    def halt(self, now_s: float, still_s: float) -> None:
        """Drop all queued steps, and refuse chunks of earlier images from now on.

        Such chunks were decided before the arm was halted or moved, or a person reached in.

        Args:
            now_s: The time [s].
            still_s: See `clear`.
        """
        self.clear(still_s)
        self._halted_s = now_s

    def clear(self, still_s: float) -> None:
        """Drop all queued steps; the next step still waits for the last step's period.

        Args:
            still_s: Time at which the arm stands still again [s]. In blocking execution, chunks of
                earlier images are refused.
        """
        self._chunk, self._older, self._next_step = None, [], 0
        self._still_s = still_s

    @property
    def _next_slot(self) -> int:
        return self.num_begun + 1

    def _goes_by_time(self, chunk: Chunk) -> bool:
        return self._config.execution is Execution.STREAMING and not chunk.first_slot

    @property
    def _earliest_s(self) -> float:
        """Earliest start of the next step [s]: before its due time if the step is late."""
        chunk = self._chunk
        if chunk is None or self.num_queued == 0 or not self._goes_by_time(chunk):
            return self._due_s
        late_s = self._due_s - chunk.start_s(self._next_step)
        pulled_in_s = max(0.0, min(late_s, chunk.step_period_s - self.shortest_period_s))
        # The step before it may have started a tick after its due time.
        soonest_s = self._begun_s + self.shortest_period_s
        return min(max(self._due_s - pulled_in_s, soonest_s), self._due_s)

    def _why_too_late(self, chunk: Chunk, now_s: float) -> str:
        num_steps = len(chunk.actions)
        if chunk.first_slot:
            last_slot = chunk.first_slot + num_steps - 1
            return (
                f'chunk {chunk.sequence} ends with slot {last_slot}, which has already started: '
                f'the policy takes longer than its {num_steps} steps; use a checkpoint with a '
                'longer horizon, or a faster device'
            )
        end_s = chunk.start_s(num_steps)
        if end_s <= now_s + _CLOCK_RESOLUTION_S:
            return (
                f'chunk {chunk.sequence} ended {now_s - end_s:.2f} s ago: the policy takes longer '
                f'than its {num_steps} steps; use blocking execution, or a checkpoint with a '
                'longer horizon'
            )
        return (
            f'chunk {chunk.sequence} ends {self._due_s - end_s:.2f} s before the current step, '
            'so none of its steps is left; use a checkpoint with a longer horizon'
        )

    def _mistimed(self, chunk: Chunk, now_s: float) -> Refusal | None:
        age_s = now_s - chunk.stamp_s
        name = f'chunk {chunk.sequence}'
        if age_s < -self._config.max_chunk_future_s:
            return Refusal(
                Rule.CHUNK_FUTURE,
                f'{name} is stamped {-age_s:.2f} s in the future, at most '
                f'{self._config.max_chunk_future_s} s is allowed; synchronise the clocks of the '
                'camera, the policy and this machine (chrony), and check use_sim_time',
            )
        if age_s > self._config.max_chunk_age_s:
            return Refusal(
                Rule.CHUNK_STALE,
                f'{name} answers an image that is {age_s:.2f} s old, at most '
                f'{self._config.max_chunk_age_s} s is allowed; check the camera stamps and clocks',
            )
        if self._chunk is not None and chunk.stamp_s < self._chunk.stamp_s:
            return Refusal(Rule.CHUNK_SUPERSEDED, f'{name} is older than the current chunk')
        if self._config.execution is Execution.BLOCKING:
            if self.num_queued > 0:
                return Refusal(
                    Rule.CHUNK_WHILE_MOVING,
                    f'{name} arrived before the previous chunk had finished',
                )
            if chunk.stamp_s < self._still_s:
                return Refusal(
                    Rule.CHUNK_WHILE_MOVING,
                    f'{name} answers an image of the moving arm, taken '
                    f'{self._still_s - chunk.stamp_s:.2f} s before the arm stood still',
                )
        if chunk.stamp_s < self._halted_s:
            return Refusal(
                Rule.CHUNK_SUPERSEDED,
                f'{name} answers an image taken {self._halted_s - chunk.stamp_s:.2f} s before the '
                'arm was halted, moved or activated; the next chunk will answer a newer image',
            )
        return None

    def _misplaced(self, chunk: Chunk) -> Refusal | None:
        """Return why a chunk does not fit the slots, or None."""
        if not chunk.first_slot:
            return None
        name, first = f'chunk {chunk.sequence}', self._next_slot - chunk.first_slot
        if self._config.ensemble_decay >= 0:
            return Refusal(
                Rule.CHUNK_SLOT,
                f'{name} continues from committed actions, but ensemble_decay averages several '
                'chunks; set commit_actions of the policy to false, or ensemble_decay to -1',
            )
        if first < 0:
            return Refusal(
                Rule.CHUNK_SLOT,
                f'{name} starts at slot {chunk.first_slot}, but the next slot is '
                f'{self._next_slot}: the chunk is from before the bridge was configured',
            )
        if self._chunk is None and first < chunk.num_committed:
            return Refusal(
                Rule.CHUNK_SLOT,
                f'{name} continues from {chunk.num_committed} actions, but only {first} were '
                'executed before the arm was halted; the next chunk will continue from there',
            )
        return None

    def _remember_for_ensembling(self, chunk: Chunk) -> None:
        if self._config.ensemble_decay < 0 or self._chunk is None:
            return
        candidates = [self._chunk, *self._older]
        self._older = [
            older
            for older in candidates
            if older.instruction == chunk.instruction
            and older.start_s(len(older.actions)) > chunk.stamp_s
        ]

    def _ensembled(self, chunk: Chunk, step: int) -> Array:
        """Return the step's action, averaged with older chunks' actions at the step's middle."""
        action: Array = chunk.actions[step]
        if self._config.ensemble_decay < 0 or not self._older:
            return action
        middle_s = chunk.start_s(step) + chunk.step_period_s / 2
        actions, weights = [action], [1.0]
        for rank, older in enumerate(self._older, start=1):
            index = floor((middle_s - older.stamp_s) / older.step_period_s)
            if 0 <= index < len(older.actions):
                actions.append(older.actions[index])
                weights.append(exp(-self._config.ensemble_decay * rank))
        return _weighted_mean(np.stack(actions), np.array(weights))


def _first_step_that_ends_after(chunk: Chunk, time_s: float) -> int:
    """Return the index of the first step not over at a time; at most the number of steps."""
    steps_over = (time_s - chunk.stamp_s) / chunk.step_period_s
    resolution = _CLOCK_RESOLUTION_S / chunk.step_period_s
    return min(max(floor(steps_over + resolution), 0), len(chunk.actions))


def _weighted_mean(actions: Array, weights: Array) -> Array:
    """Return the mean over the first axis; NaN grippers are left out, and all NaN gives NaN."""
    mean: Array = weights @ actions / weights.sum()
    has_gripper = ~np.isnan(actions[:, 6])
    if has_gripper.any():
        votes = weights[has_gripper]
        mean[6] = votes @ actions[has_gripper, 6] / votes.sum()
    return mean
