# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the robot will have begun when an answer comes: the answer begins with it.

The bridge executes one step of a chunk in each slot of its schedule and reports it. While the
policy computes an answer, the arm goes on with the chunk before. The actions of these slots are
committed: they begin the answer, and the model decides those after them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
import math
import threading

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM, GRIPPER

Array = NDArray[np.float64]

_QUANTILE = 0.9
"""Which quantile of the latencies is expected. An answer that is later than expected went on from
fewer actions than were executed; one that is earlier only went on from more than it had to."""
_LATENCIES = 20
_IDLE_PERIODS = 1.5
"""If no new step has begun for so many periods, the bridge executes nothing."""
_LATE_SHARE = 0.25
"""An image that is later than the start of a slot by less than this share of the period still
belongs to the slot: the policy may have been busy at its start."""
_SETTLE_S = 0.3
"""From the end of the last step until the arm stands still, as settle_s of the bridge."""


@dataclass(frozen=True, eq=False)
class BegunStep:
    """A step that the bridge has begun, as it reports it.

    Attributes:
        slot: Counts the bridge's slots from 1.
        begin_s: When it began [s].
        period_s: From its start to the start of the next one [s].
        sequence: Of the chunk that it is from.
        step: Its place in that chunk, from 0.
        instruction: Of that chunk; empty: nothing is executed, and this was the last slot.
        action: (7,) the motion that was commanded, and the gripper's opening; NaN: left alone.
        speed_scale: Share of its way that each step goes, 0 to 1.
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
    """What an answer begins with.

    Attributes:
        first_slot: The slot of the answer's first action; 0: the answer goes by its image's stamp.
        actions_KA: (K, 7) the actions of the slots from that one on that are committed.
    """

    first_slot: int
    actions_KA: Array


NOTHING = Committed(0, np.empty((0, ACTION_DIM)))


class Commitment:
    """Knows what the bridge executes, and how long the policy takes; thread safe."""

    def __init__(self, horizon: int) -> None:
        """Know nothing yet.

        Args:
            horizon: Actions H of a chunk; at least 2.
        """
        self._lock = threading.Lock()
        self._horizon = horizon
        self._begun: deque[BegunStep] = deque(maxlen=2 * horizon)
        self._plan: tuple[int, Array] | None = None
        self._unplaced: tuple[int, Array] | None = None
        self._latencies_s: deque[float] = deque(maxlen=_LATENCIES)

    def report(self, step: BegunStep) -> None:
        """Take in a step that the bridge has begun."""
        with self._lock:
            if self._begun and step.slot <= self._begun[-1].slot:
                # The bridge was activated or configured again; what was under way is over.
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

    def published(self, sequence: int, first_slot: int, actions_HA: Array) -> None:
        """Take in a chunk that the bridge will execute.

        Args:
            sequence: Its number.
            first_slot: As `commit` returned it.
            actions_HA: (H, 7) its actions; or the first of them, while the others are printed.
        """
        with self._lock:
            if first_slot:
                self._plan, self._unplaced = (first_slot, actions_HA), None
            else:
                self._plan, self._unplaced = None, (sequence, actions_HA)

    def answered(self, latency_s: float) -> None:
        """Take in how long an answer took, from its image to its first decided action [s]."""
        with self._lock:
            self._latencies_s.append(latency_s)

    @property
    def latency_s(self) -> float:
        """How long an answer takes at most, nine times of ten [s]; 0: none has been given."""
        with self._lock:
            return self._latency_s()

    def slot_of(self, stamp_s: float, early_s: float, now_s: float) -> int | None:
        """Return the slot that an image is to be answered for; None: it is not to be answered.

        While steps are executed, the image nearest to the start of a slot is answered. If an
        answer takes longer than half of a chunk, the arm is waited for.

        Args:
            stamp_s: When the image was taken [s].
            early_s: Half of the time between two images [s].
            now_s: The time [s].

        Returns:
            The number of the slot, 0 if the bridge is not known to execute anything.
        """
        with self._lock:
            if not self._begun:
                return 0
            last = self._begun[-1]
            if 2 * self._latency_s() >= self._horizon * last.period_s > 0.0:
                still_s = last.begin_s + last.period_s + _SETTLE_S
                return last.slot + 1 if stamp_s >= still_s else None
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
            instruction: The one to answer: what is executed for another one commits nothing.
        """
        with self._lock:
            if not self._begun:
                return NOTHING
            last = self._begun[-1]
            if self._is_idle(last, now_s) or last.instruction != instruction:
                return Committed(last.slot + 1, NOTHING.actions_KA)
            nearest = math.floor((stamp_s - last.begin_s) / last.period_s + 0.5)
            first = last.slot + min(nearest, 1)
            until_s = now_s + self._latency_s()
            most = last.slot + max(0, math.floor((until_s - last.begin_s) / last.period_s))
            known = {step.slot: step for step in self._begun if step.instruction == instruction}
            actions = []
            for slot in range(first, min(most, first + self._horizon - 2) + 1):
                action = known[slot].action if slot in known else self._planned(slot, last)
                if action is None:
                    break
                actions.append(action)
            actions_KA = np.reshape(actions, (-1, ACTION_DIM))
            if first + len(actions) <= last.slot or np.isnan(actions_KA).any():
                # A report is missing, or nobody knows how far the gripper is open: what the arm
                # did cannot be written down.
                return NOTHING
            return Committed(first, actions_KA)

    def _latency_s(self) -> float:
        if not self._latencies_s:
            return 0.0
        return float(np.quantile(self._latencies_s, _QUANTILE))

    def _is_idle(self, last: BegunStep, now_s: float) -> bool:
        return not -last.period_s <= now_s - last.begin_s < _IDLE_PERIODS * last.period_s

    def _planned(self, slot: int, last: BegunStep) -> Array | None:
        """Return the action of a slot that has not begun; None: nothing will be executed."""
        if self._plan is None:
            return None
        first_slot, actions_HA = self._plan
        if not 0 <= slot - first_slot < len(actions_HA):
            return None
        action: Array = actions_HA[slot - first_slot].copy()
        action[:GRIPPER] *= last.speed_scale
        return action
