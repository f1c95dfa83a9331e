# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Gripper commands during a recording."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from genvla_bags.recorded_chunk import RecordedChunk
from genvla_viperx.arm.states import ArmState

Array = NDArray[np.float64]

_RESOLUTION_S = 1e-4
"""Times closer than this count as equal: doubles of seconds since 1970 resolve 2e-7 s."""


_STATE_LAG_S = 0.05
"""A chunk changes the bridge's state, which then arrives up to a tick and a message later [s]."""


@dataclass(frozen=True, eq=False)
class GripperTrack:
    """Gripper commands over time; each stays in force until the next.

    Attributes:
        times_s: (N,) not decreasing [s].
        openings_N: (N,) 0 closed to 1 open.
    """

    times_s: Array
    openings_N: Array

    @classmethod
    def of(
        cls,
        chunks: Sequence[RecordedChunk],
        states: Sequence[tuple[float, str]] = (),
    ) -> GripperTrack | None:
        """Return the commands that the bridge derives from chunks; None if there are none.

        Step i begins at the chunk's stamp + i periods. Steps that are over when the chunk arrives
        are dropped. A chunk is executed from its first step if no step would be left, or if it
        arrives before its stamp. This happens in blocking execution, or if the stamp comes from
        another clock. A step without a gripper command (NaN) leaves the gripper as it is.

        Args:
            chunks: In any order.
            states: States of the bridge with their arrival times [s], oldest first. Steps that
                begin while the bridge executes nothing are dropped. Before the first state, every
                step counts as executed.
        """
        ordered = sorted(chunks, key=lambda chunk: chunk.arrival_s)
        ends_s = [*(chunk.arrival_s for chunk in ordered), inf][1:]
        commands = [
            command
            for chunk, end_s in zip(ordered, ends_s, strict=True)
            for command in _commands(chunk)
            if command[0] < end_s and np.isfinite(command[1]) and _is_executed(command[0], states)
        ]
        if not commands:
            return None
        times_s, openings = zip(*commands, strict=True)
        return cls(np.array(times_s), np.clip(openings, 0.0, 1.0))

    def commanded_at(self, time_s: float) -> float:
        """Return the opening commanded at a time; NaN if there was no command yet."""
        after = int(np.searchsorted(self.times_s, time_s, side='right'))
        return float(self.openings_N[after - 1]) if after else nan

    def commanded(self, time_s: float, *, num_steps: int, period_s: float) -> Array:
        """Return the opening in force at the end of each control period from `time_s` on.

        Returns:
            (H,); NaN before the first command.
        """
        ends_s = time_s + period_s * np.arange(1, num_steps + 1) - _RESOLUTION_S
        return np.array([self.commanded_at(float(end_s)) for end_s in ends_s])


def _is_executed(begins_s: float, states: Sequence[tuple[float, str]]) -> bool:
    known = bisect_right(states, begins_s + _STATE_LAG_S, key=lambda state: state[0])
    return known == 0 or states[known - 1][1] == ArmState.EXECUTING


def _commands(chunk: RecordedChunk) -> list[tuple[float, float]]:
    """Return when each step begins [s], and its opening, as if no other chunk arrived."""
    openings, period_s = chunk.actions_HA[:, 6].tolist(), chunk.step_period_s
    begins_s, received_s = chunk.stamp_s, chunk.arrival_s
    if not 0.0 <= received_s - begins_s < len(openings) * period_s - _RESOLUTION_S:
        begins_s = received_s
    over_by_s = received_s + _RESOLUTION_S
    return [
        (max(begins_s + step * period_s, received_s), opening)
        for step, opening in enumerate(openings)
        if begins_s + (step + 1) * period_s > over_by_s
    ]
