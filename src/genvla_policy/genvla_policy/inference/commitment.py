# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Actions that the robot will have begun when an answer arrives; the answer begins with them.

The bridge executes one step of a chunk in each slot of its schedule and reports it. While the
policy computes an answer, the arm continues with the previous chunk. The actions of these slots
are committed: they begin the answer, and the model decides those after them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
import math
import threading

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM, GRIPPER

Array = NDArray[np.float64]

_QUANTILE = 0.9
"""Quantile of the latencies that is expected. An answer that is later than expected continued from
fewer actions than were executed. An earlier one only continued from more than necessary: the
bridge executes those that have not begun as they were planned."""
_LATENCIES = 20
_IDLE_PERIODS = 1.5
"""If no new step has begun for this many periods, the bridge counts as idle."""
_LATE_SHARE = 0.25
"""Share of the period by which an image may be later than the start of a slot and still belong to
the slot: the policy may have been busy at its start."""
_SETTLE_S = 0.3
"""Time from the end of the last step until the arm stands still [s]. The bridge's settle_s, which
applies to blocking execution, may be longer: the bridge then refuses the first chunk."""


@dataclass(frozen=True, eq=False)
class BegunStep:
    """A step that the bridge has begun, as the bridge reports it.

    Attributes:
        slot: Number of the bridge's slot, from 1.
        begin_s: When the step began [s].
        period_s: Time from its start to the start of the next one [s].
        sequence: Sequence number of its chunk.
        step: Index in that chunk, from 0.
        instruction: Instruction of that chunk; empty: nothing is executed, and this was the last
            slot.
        action: (7,) commanded motion and gripper opening; NaN leaves the gripper unchanged.
        speed_scale: Share of its motion that each step performs, 0 to 1.
    """

    slot: int
    begin_s: float
    period_s: float
    sequence: int
    step: int
    instruction: str
    action: Array
    speed_scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Committed:
    """The actions that an answer begins with.

    Attributes:
        first_slot: Slot of the answer's first action; 0: the image's stamp decides the timing.
        actions_KA: (K, 7) committed actions of the slots from `first_slot` on, as the arm executes
            them.
        plan_KA: (K, 7) the same actions; those of slots that have not begun before `speed_scale`.
    """

    first_slot: int
    actions_KA: Array = field(default_factory=lambda: np.empty((0, ACTION_DIM)))
    plan_KA: Array = field(default_factory=lambda: np.empty((0, ACTION_DIM)))

    def begin(self, actions_HA: Array) -> Array:
        """Return the actions to publish of an answer that begins with the committed ones.

        The bridge scales the steps that have not begun, so their motions are those of the plan.
        """
        published_HA = actions_HA.copy()
        published_HA[: len(self.plan_KA), :GRIPPER] = self.plan_KA[:, :GRIPPER]
        return published_HA


NOTHING = Committed(0)


class Commitment:
    """Tracks what the bridge executes and how long the policy takes; thread safe."""

    def __init__(self, horizon: int) -> None:
        """Start without any reports.

        Args:
            horizon: Number of actions H in a chunk; at least 2.
        """
        self._lock = threading.Lock()
        self._horizon = horizon
        self._begun: deque[BegunStep] = deque(maxlen=2 * horizon)
        self._plan: tuple[int, Array] | None = None
        self._unplaced: tuple[int, Array] | None = None
        self._published_s = -math.inf
        self._latencies_s: deque[float] = deque(maxlen=_LATENCIES)

    def report(self, step: BegunStep) -> None:
        """Record a step that the bridge has begun."""
        with self._lock:
            if self._begun and step.slot <= self._begun[-1].slot:
                # The bridge was activated or configured again; earlier steps no longer count.
                self._begun.clear()
                self._plan = self._unplaced = None
            if np.isnan(step.action[GRIPPER]) and self._begun:
                action = step.action.copy()
                action[GRIPPER] = self._begun[-1].action[GRIPPER]
                step = replace(step, action=action)
            self._begun.append(step)
            is_of_a_chunk = bool(step.instruction)
            if is_of_a_chunk and self._unplaced and self._unplaced[0] == step.sequence:
                self._plan = (step.slot - step.step, self._unplaced[1])
                self._unplaced = None

    def published(self, sequence: int, first_slot: int, actions_HA: Array, now_s: float) -> None:
        """Record a chunk that the bridge will execute.

        Args:
            sequence: Sequence number of the chunk.
            first_slot: The slot that `commit` returned.
            actions_HA: (H, 7) published actions of the chunk, or the first of them while the
                others are still being printed.
            now_s: The current time [s].
        """
        with self._lock:
            self._published_s = now_s
            if first_slot:
                self._plan, self._unplaced = (first_slot, actions_HA), None
            else:
                self._plan, self._unplaced = None, (sequence, actions_HA)

    def answered(self, latency_s: float) -> None:
        """Record the latency of an answer, from `commit` to its first decided action [s].

        It is measured on the clock of the slots, which a simulation may run faster or slower.
        """
        with self._lock:
            self._latencies_s.append(latency_s)

    @property
    def latency_s(self) -> float:
        """Latency that nine answers in ten do not exceed [s]; 0 before the first answer."""
        with self._lock:
            return self._latency_s()

    def slot_of(self, stamp_s: float, early_s: float, now_s: float) -> int | None:
        """Return the slot that an image should be answered for; None if it should not be answered.

        While steps are executed, the image nearest to the start of a slot is answered. If an
        answer takes longer than half a chunk, images are answered only while the arm stands still.

        Args:
            stamp_s: When the image was taken [s].
            early_s: Half the time between two images [s].
            now_s: The current time [s].

        Returns:
            The number of the slot; 0 if the arm stands still, as far as known.
        """
        with self._lock:
            if not self._begun:
                return 0
            last = self._begun[-1]
            if 2 * self._latency_s() >= self._horizon * last.period_s > 0.0:
                return None if self._may_move(last, stamp_s, now_s) else 0
            if self._is_idle(last, now_s):
                return 0
            periods = (stamp_s - last.begin_s) / last.period_s
            nearest = math.floor(periods + 0.5)
            late_s = (periods - nearest) * last.period_s
            if not -early_s <= late_s <= max(early_s, _LATE_SHARE * last.period_s):
                return None
            return last.slot + min(nearest, 1)

    def commit(self, stamp_s: float, now_s: float, instruction: str) -> Committed:
        """Return what an answer to an image begins with.

        Args:
            stamp_s: When the image was taken [s].
            now_s: When the policy begins to answer [s].
            instruction: Instruction to answer. Steps of another instruction commit nothing.
        """
        with self._lock:
            if not self._begun:
                return NOTHING
            last = self._begun[-1]
            if self._is_idle(last, now_s) or last.instruction != instruction:
                return Committed(last.slot + 1)
            nearest = math.floor((stamp_s - last.begin_s) / last.period_s + 0.5)
            first = last.slot + min(nearest, 1)
            until_s = now_s + self._latency_s()
            most = last.slot + max(0, math.floor((until_s - last.begin_s) / last.period_s))
            known = {step.slot: step for step in self._begun if step.instruction == instruction}
            plan, scales = [], []
            for slot in range(first, min(most, first + self._horizon - 2) + 1):
                action = known[slot].action if slot in known else self._planned(slot)
                if action is None:
                    break
                plan.append(action)
                scales.append(1.0 if slot in known else last.speed_scale)
            plan_KA = np.reshape(plan, (-1, ACTION_DIM))
            if first + len(plan) <= last.slot or np.isnan(plan_KA).any():
                # A report is missing, or the gripper's opening is unknown: the executed actions
                # cannot be written down.
                return NOTHING
            actions_KA = plan_KA.copy()
            actions_KA[:, :GRIPPER] *= np.reshape(scales, (-1, 1))
            return Committed(first, actions_KA, plan_KA)

    def has_begun_decided(self, committed: Committed) -> bool:
        """Return whether the slot of the first action that an answer decides has begun."""
        with self._lock:
            decided_slot = committed.first_slot + len(committed.actions_KA)
            return bool(committed.first_slot and self._begun[-1].slot >= decided_slot)

    def _latency_s(self) -> float:
        if not self._latencies_s:
            return 0.0
        return float(np.quantile(self._latencies_s, _QUANTILE))

    def _is_idle(self, last: BegunStep, now_s: float) -> bool:
        return not -last.period_s <= now_s - last.begin_s < _IDLE_PERIODS * last.period_s

    def _may_move(self, last: BegunStep, stamp_s: float, now_s: float) -> bool:
        """Return whether the arm may have moved since an image, or may be about to.

        A chunk that the bridge executes is reported within a period.
        """
        was_set_back = now_s < max(last.begin_s, self._published_s) - last.period_s
        still_s = max(last.begin_s + _SETTLE_S, self._published_s) + last.period_s
        return stamp_s < still_s and not was_set_back

    def _planned(self, slot: int) -> Array | None:
        """Return the published action of a slot; None if nothing will be executed."""
        if self._plan is None:
            return None
        first_slot, actions_HA = self._plan
        if not 0 <= slot - first_slot < len(actions_HA):
            return None
        action: Array = actions_HA[slot - first_slot]
        return action
