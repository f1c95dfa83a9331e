# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The events and measurements of a recorded run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genvla_bags.bag_messages import BagError
from genvla_bags.recorded_chunk import RecordedChunk
from genvla_bringup.operate.bridge_news import is_halted

Array = NDArray[np.float64]

# Joint noise at rest moves the tool by less than this, so it does not count as travel.
_TRAVEL_DEADBAND_M = 0.001


class NotAnEpisode(BagError):
    """The bag lacks data that an episode needs."""


@dataclass(frozen=True)
class Track:
    """A quantity over time: times `(N,)` [s since the epoch], values `(N, D)`."""

    times_s: Array
    values: Array

    @staticmethod
    def from_samples(samples: Sequence[tuple[float, Sequence[float]]], width: int) -> Track:
        """Return the track of (time, value) pairs; an empty track keeps its width."""
        return Track(
            times_s=np.array([time for time, _ in samples], dtype=np.float64),
            values=np.array([value for _, value in samples], dtype=np.float64).reshape(-1, width),
        )

    def between(self, start_s: float, end_s: float) -> Track:
        """Return the samples with start_s <= time <= end_s."""
        inside = (self.times_s >= start_s) & (self.times_s <= end_s)
        return Track(self.times_s[inside], self.values[inside])

    def latest(self, time_s: float) -> Array | None:
        """Return the newest value at a time, or None before the first sample."""
        index = int(np.searchsorted(self.times_s, time_s, side='right')) - 1
        return None if index < 0 else np.asarray(self.values[index])


@dataclass(frozen=True)
class Halt:
    """A period in which the bridge executed nothing [s since the epoch], and the reason."""

    start_s: float
    end_s: float
    status: str
    """Such as `stopped: motor current too high: shoulder`."""


@dataclass(frozen=True)
class ExecutedStep:
    """A step of a chunk that the bridge started to execute."""

    begin_s: float
    sequence: int
    """Number of the chunk."""
    step: int


@dataclass(frozen=True)
class DemoEpisode:
    """One activation of the policy; tracks and lists only hold what happened during it."""

    start_s: float
    end_s: float
    chunks: tuple[RecordedChunk, ...]
    instructions: tuple[tuple[float, str], ...]
    """Each instruction with the time it took effect; the first was already active at the start."""
    executed: tuple[ExecutedStep, ...]
    """The steps that the bridge started; empty for a bag recorded before the bridge reported
    them."""
    commanded: Track
    """End-effector position of each arm command `(N, 3)` [m], base frame."""
    measured: Track
    """End-effector position as the bridge measured it `(N, 3)` [m], base frame."""
    gripper: Track
    """Opening from joint_states `(N, 1)`, 0 closed to 1 open."""
    success: bool | None
    """Whether the simulator reported the task as done at any time; None: no verdict was
    recorded."""
    lifted: tuple[tuple[float, str], ...]
    """Each object that the simulator saw held in the air, in words, with the time of each lift."""
    bridge_statuses: tuple[tuple[float, str], ...]
    """Each status of the bridge with its time; the first was already active at the start."""
    diagnostics: Mapping[str, Mapping[str, str]]
    """The last diagnostic values of each node, by node name."""

    @property
    def duration_s(self) -> float:
        """How long the policy was active."""
        return self.end_s - self.start_s

    @property
    def lifted_by_instruction(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each instruction, and the objects lifted while it was active."""
        ends_s = [time_s for time_s, _ in self.instructions[1:]] + [self.end_s]
        return tuple(
            (text, tuple(thing for at_s, thing in self.lifted if begin_s <= at_s < end_s))
            for (begin_s, text), end_s in zip(self.instructions, ends_s, strict=True)
        )

    @property
    def instruction_changes(self) -> int:
        """How often the instruction changed while the policy was active."""
        texts = [text for _, text in self.instructions]
        return sum(before != after for before, after in pairwise(texts))

    @property
    def halts(self) -> tuple[Halt, ...]:
        """The periods in which the bridge was stopped or faulted, in order of time."""
        times_s = [time_s for time_s, _ in self.bridge_statuses]
        halts: list[Halt] = []
        for (start_s, status), end_s in zip(
            self.bridge_statuses, [*times_s[1:], self.end_s], strict=False
        ):
            if halts and (halts[-1].end_s, halts[-1].status) == (start_s, status):
                halts[-1] = replace(halts[-1], end_s=end_s)
            elif is_halted(status):
                halts.append(Halt(start_s, end_s, status))
        return tuple(halts)

    @property
    def stopped_s(self) -> float:
        """How long the bridge was stopped or faulted."""
        return sum(halt.end_s - halt.start_s for halt in self.halts)

    @property
    def ee_travel_m(self) -> float:
        """Length of the measured end-effector path."""
        return path_length(self.measured.values, _TRAVEL_DEADBAND_M)

    @property
    def inference_ms(self) -> Array:
        """Inference time of each chunk, as reported by the policy."""
        return 1e3 * np.array([chunk.inference_s for chunk in self.chunks])

    @property
    def image_to_chunk_ms(self) -> Array:
        """Time from the capture of each chunk's image to the arrival of the chunk."""
        return 1e3 * (self._arrivals_s - np.array([chunk.stamp_s for chunk in self.chunks]))

    @property
    def image_to_command_ms(self) -> Array:
        """Time from the capture of an image to the first step that was decided from that image."""
        begins_s: dict[int, float] = {}
        num_committed = {chunk.sequence: chunk.num_committed for chunk in self.chunks}
        for step in self.executed:
            if step.step >= num_committed.get(step.sequence, 0):
                begins_s.setdefault(step.sequence, step.begin_s)
        return 1e3 * np.array(
            [
                begins_s[chunk.sequence] - chunk.stamp_s
                for chunk in self.chunks
                if chunk.sequence in begins_s
            ]
        )

    @property
    def chunk_to_command_ms(self) -> Array:
        """Time from an answered chunk's arrival to the first arm command after it."""
        return 1e3 * (self._first_commands_s - self._arrivals_s)[self.is_answered]

    @property
    def is_answered(self) -> NDArray[np.bool_]:
        """Whether a command followed each chunk before the next chunk arrived."""
        bounds_s = np.append(self._arrivals_s[1:], self.end_s)
        return np.asarray(self._first_commands_s <= bounds_s)

    @property
    def _arrivals_s(self) -> Array:
        return np.array([chunk.arrival_s for chunk in self.chunks], dtype=np.float64)

    @property
    def _first_commands_s(self) -> Array:
        """Time of the first command at or after each chunk; infinity if there is none."""
        first = np.searchsorted(self.commanded.times_s, self._arrivals_s)
        return np.append(self.commanded.times_s, np.inf)[first]


@dataclass(frozen=True)
class Frame:
    """One camera image: `(H, W, 3)` uint8 rgb, and its capture time [s since the epoch]."""

    time_s: float
    pixels: NDArray[np.uint8]


def path_length(points: Array, deadband_m: float) -> float:
    """Return the length [m] of a path `(N, 3)`, ignoring motion below the deadband.

    A point counts once it is at least `deadband_m` from the last point that counted.
    """
    total = 0.0
    for index, point in enumerate(points):
        if index == 0:
            anchor = point
        step = float(np.linalg.norm(point - anchor))
        if step >= deadband_m:
            total += step
            anchor = point
    return total
