# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which action is due when: chunks in, one action per step period out."""

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
"""Two times closer than this are one: doubles of seconds since 1970 resolve 2e-7 s."""

_TICK_S = 0.025
"""A caller that is later than this is not just between two ticks of 50 Hz: the phase starts anew
with it. Within it the phase is kept, or every coarse tick would stretch the period."""

_PULL_IN = 0.1
"""Share of its period by which a step may be cut short while the one after it is late. Without,
one slow answer would delay all that follow: each waits for the end of the step before it."""


class Execution(StrEnum):
    """How chunks are turned into motion.

    Attributes:
        STREAMING: The steps of a chunk whose slots have begun when it arrives are dropped, the
            rest replaces what is queued. For policies that answer within half of their chunk's
            length.
        BLOCKING: All steps are executed from the first, without ageing, and the next chunk must
            come from an image of the arm standing still. For policies slower than a step; this is
            also how OpenVLA and Octo evaluate on BridgeData (openvla/openvla issue 114).
    """

    STREAMING = 'streaming'
    BLOCKING = 'blocking'


@dataclass(frozen=True)
class SchedulerConfig:
    """What an operator may change about the execution of chunks; parameters of the same names.

    Raises:
        ValueError: If a value is outside its range.
    """

    execution: Execution = setting(
        Execution.STREAMING,
        'streaming: late steps are dropped. blocking: for policies slower than their steps; a '
        'chunk is executed whole, then the arm stands still for the next image',
        choices=tuple(Execution),
    )
    max_chunk_age_s: float = setting(
        5.0, 'Chunks of older images are refused', unit='s', ge=0.1, le=9.9
    )
    max_chunk_future_s: float = setting(
        0.1, 'Chunks further ahead are refused', unit='s', ge=0.0, le=5.0
    )
    settle_s: float = setting(
        0.3,
        'blocking: from the end of the last step until the arm stands still',
        unit='s',
        ge=0.0,
        le=10.0,
    )
    ensemble_decay: float = setting(
        -1.0,
        'streaming: actions are means over the chunks that cover their time, the n-th newest '
        '(from 0) with weight exp(-decay n). Below 0: the newest chunk alone',
        ge=-1.0,
        le=100.0,
    )

    def __post_init__(self) -> None:
        """Refuses values outside their range."""
        check_ranges(self)


def shortest_period_s(step_period_s: float, execution: Execution) -> float:
    """Return the least time between two steps of a chunk [s]: a late one cuts into the one before.

    Args:
        step_period_s: Of the chunk [s].
        execution: How it is executed.
    """
    pulled_in = 0.0 if execution is Execution.BLOCKING else _PULL_IN
    return step_period_s * (1.0 - pulled_in)


@dataclass(frozen=True, eq=False)
class Slot:
    """The time in which one step of a chunk is executed.

    Attributes:
        number: Counts the slots of a schedule from 1.
        begin_s: When it began [s].
        chunk: The chunk in force.
        step: Which of its steps is executed.
        action: The step's action, shape (7,): averaged where chunks are ensembled.
    """

    number: int
    begin_s: float
    chunk: Chunk
    step: int
    action: Array


class ChunkScheduler:
    """Holds the chunks in force and hands out their steps, at most one per step period.

    A chunk that names the slot of its first action begins with the step of the next slot. Of any
    other one the steps are dropped whose time is over, by the stamp of its image; a step of these
    that could have begun earlier cuts the one before it short by a tenth at most.

    Attributes:
        num_begun: Slots that have begun; the number of the last one.
    """

    def __init__(self, config: SchedulerConfig) -> None:
        """Starts empty: the first action of the first chunk is due at once."""
        self._config = config
        self._chunk: Chunk | None = None
        self._next_step = 0
        self._older: list[Chunk] = []
        self.num_begun = 0
        self._due_s = self._begun_s = -float('inf')
        self._still_s = -float('inf')

    @property
    def num_queued(self) -> int:
        """Steps that are still to be executed."""
        return 0 if self._chunk is None else len(self._chunk.actions) - self._next_step

    @property
    def shortest_period_s(self) -> float:
        """Least time between two steps of the chunk in force; infinite without one [s]."""
        if self._chunk is None:
            return float('inf')
        return shortest_period_s(self._chunk.step_period_s, self._config.execution)

    def is_idle(self, now_s: float) -> bool:
        """Returns whether nothing is queued and the last step's period is over."""
        return self.num_queued == 0 and now_s >= self._due_s - _CLOCK_RESOLUTION_S

    def accept(self, chunk: Chunk, now_s: float) -> Refusal | None:
        """Puts a chunk in force, or returns why not and leaves everything as it is."""
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
        """Begins the next slot and returns it, or returns None if none is due.

        A step that a stalled caller missed by a whole period is dropped, not caught up, unless
        its chunk goes by slots: they wait for the caller.
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
        """Drops everything queued, and what was due when: the clock was set."""
        self.clear(-float('inf'))
        self._due_s = self._begun_s = -float('inf')

    def clear(self, still_s: float) -> None:
        """Drops everything queued. What comes next still waits for the last step's period.

        Args:
            still_s: When the arm will stand still again: chunks of images before this are refused
                in blocking execution [s].
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
        """When the next step may begin: earlier than due if it is late [s]."""
        chunk = self._chunk
        if chunk is None or self.num_queued == 0 or not self._goes_by_time(chunk):
            return self._due_s
        late_s = self._due_s - chunk.start_s(self._next_step)
        pulled_in_s = max(0.0, min(late_s, chunk.step_period_s - self.shortest_period_s))
        # The step before it may have begun a tick after it was due.
        soonest_s = self._begun_s + self.shortest_period_s
        return min(max(self._due_s - pulled_in_s, soonest_s), self._due_s)

    def _why_too_late(self, chunk: Chunk, now_s: float) -> str:
        num_steps = len(chunk.actions)
        if chunk.first_slot:
            last_slot = chunk.first_slot + num_steps - 1
            return (
                f'chunk {chunk.sequence} ends with slot {last_slot}, which has begun: the policy '
                f'needs longer than its {num_steps} steps last; use a checkpoint with a longer '
                'horizon or a faster device'
            )
        end_s = chunk.start_s(num_steps)
        if end_s <= now_s + _CLOCK_RESOLUTION_S:
            return (
                f'chunk {chunk.sequence} ended {now_s - end_s:.2f} s ago: the policy needs longer '
                f'than its {num_steps} steps last; use blocking execution or a checkpoint with a '
                'longer horizon'
            )
        return (
            f'chunk {chunk.sequence} ends {self._due_s - end_s:.2f} s before the step in force '
            'does, so that nothing of it is left; use a checkpoint with a longer horizon'
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
            return Refusal(Rule.CHUNK_SUPERSEDED, f'{name} is older than the one in force')
        if self._config.execution is Execution.BLOCKING:
            if self.num_queued > 0:
                return Refusal(
                    Rule.CHUNK_WHILE_MOVING, f'{name} came before the last one was done'
                )
            if chunk.stamp_s < self._still_s:
                return Refusal(
                    Rule.CHUNK_WHILE_MOVING,
                    f'{name} answers an image of the moving arm, taken '
                    f'{self._still_s - chunk.stamp_s:.2f} s before it stood still',
                )
        return None

    def _misplaced(self, chunk: Chunk) -> Refusal | None:
        """Returns why a chunk does not fit the slots, or None."""
        if not chunk.first_slot:
            return None
        name, first = f'chunk {chunk.sequence}', self._next_slot - chunk.first_slot
        if self._config.ensemble_decay >= 0:
            return Refusal(
                Rule.CHUNK_SLOT,
                f'{name} goes on from committed actions, and ensemble_decay asks for means over '
                'several chunks; set commit_actions of the policy to false, or ensemble_decay to '
                '-1',
            )
        if first < 0:
            return Refusal(
                Rule.CHUNK_SLOT,
                f'{name} begins with slot {chunk.first_slot}, but the next one is '
                f'{self._next_slot}: it is from before the bridge was configured',
            )
        if self._chunk is None and first < chunk.num_committed:
            return Refusal(
                Rule.CHUNK_SLOT,
                f'{name} goes on from {chunk.num_committed} actions, of which {first} were '
                'executed before the arm was halted; the next image is answered from there',
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
        """The step's action, averaged with what older chunks say of the middle of the step."""
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
    """Index of the first step that is not over at a time; may lie behind the last step."""
    steps_over = (time_s - chunk.stamp_s) / chunk.step_period_s
    resolution = _CLOCK_RESOLUTION_S / chunk.step_period_s
    return min(max(floor(steps_over + resolution), 0), len(chunk.actions))


def _weighted_mean(actions: Array, weights: Array) -> Array:
    """Mean over the first axis; a NaN gripper abstains, and stays NaN if all do."""
    mean: Array = weights @ actions / weights.sum()
    has_gripper = ~np.isnan(actions[:, 6])
    if has_gripper.any():
        votes = weights[has_gripper]
        mean[6] = votes @ actions[has_gripper, 6] / votes.sum()
    return mean
