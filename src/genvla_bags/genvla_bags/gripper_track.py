# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the gripper was told during a recording."""

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
"""Times closer than this are one: doubles of seconds since 1970 resolve 2e-7 s."""


_STATE_LAG_S = 0.05
"""A chunk changes the state, so that the state is published after it: by a tick and a message."""


@dataclass(frozen=True, eq=False)
class GripperTrack:
    """Commands to the gripper over time, each in force until the next.

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
        """Return what the bridge makes of chunks as they arrive; None: they command nothing.

        Step i begins at the chunk's stamp + i periods, and what is over at its arrival is dropped.
        A chunk of which nothing would be left, or that is stamped after its arrival, is executed
        from its first step: in blocking execution, or where the stamp is of another clock. A step
        without a gripper (NaN) leaves it as it is.

        Args:
            chunks: In any order.
            states: Of the bridge, with the time of their arrival [s], oldest first: what begins
                while it executes nothing is not executed. Before the first one nobody knows, and
                all is.
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
        """Return the opening that is commanded at a time; NaN: none was so far."""
        after = int(np.searchsorted(self.times_s, time_s, side='right'))
        return float(self.openings_N[after - 1]) if after else nan

    def commanded(self, time_s: float, *, num_steps: int, period_s: float) -> Array:
        """Return the opening in force when each control period from a time on ends.

        Returns:
            (H,); NaN where none was commanded so far.
        """
        ends_s = time_s + period_s * np.arange(1, num_steps + 1) - _RESOLUTION_S
        return np.array([self.commanded_at(float(end_s)) for end_s in ends_s])


def _is_executed(begins_s: float, states: Sequence[tuple[float, str]]) -> bool:
    known = bisect_right(states, begins_s + _STATE_LAG_S, key=lambda state: state[0])
    return known == 0 or states[known - 1][1] == ArmState.EXECUTING


def _commands(chunk: RecordedChunk) -> list[tuple[float, float]]:
    """Return when each step begins [s], and its opening, as if no other chunk came."""
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
