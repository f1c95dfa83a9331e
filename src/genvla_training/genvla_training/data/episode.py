# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The interface of robot data sets: episodes by number, independent of the file format.

Shape suffixes: E episodes, T steps of an episode, A action dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""One picture, (height, width, 3) uint8 RGB."""


class BadData(ValueError):
    """Data that cannot be trained on; the message names the file, the episode and the fault."""


@dataclass(frozen=True, eq=False)
class Episode:
    """One demonstration.

    Attributes:
        source: File and episode, for messages.
        instruction: Instruction to the robot.
        actions_TA: (T, 7) float64, see genvla_command.end_effector_action: the action taken at
            each step.
        frames: T entries with the pictures of each step, one per camera. Data sets keep them
            encoded (EncodedFrames) because a pool holds many episodes.
        states_TS: (T, S) float64: the robot's state at each step, in the data set's own order and
            units. None: the data set was opened without states.
        executed_TA: (T, 7) float64: the executed actions, if they differ from `actions_TA`. None:
            they do not differ.
        continuations_THA: (T, H, 7) float64: the undisturbed future actions from each step on.
            None: the actions that follow in the episode.
    """

    source: str
    instruction: str
    actions_TA: NDArray[np.float64]
    frames: Sequence[tuple[Image, ...]]
    states_TS: NDArray[np.float64] | None = None
    executed_TA: NDArray[np.float64] | None = None
    continuations_THA: NDArray[np.float64] | None = None


def shared_aspect_ratio(ratios: Iterable[float]) -> float:
    """Return the aspect ratio that pictures share within 1 %; 0 if there is none."""
    known = list(ratios)
    if not known or max(known) - min(known) > 0.01 * max(known):
        return 0.0
    return known[0]


class RobotDataset(Protocol):
    """Episodes by number. Opening a data set reads only what the lengths need, and no pictures.

    Reads have no side effects and work in any order, so ranks and workers can share a data set by
    episode. An instance can be pickled, or opened again, in a worker.
    """

    @property
    def name(self) -> str:
        """Its key in dataset_statistics.json."""

    @property
    def control_rate_hz(self) -> float:
        """Steps per second [Hz]."""

    @property
    def aspect_ratio(self) -> float:
        """Width over height of the camera pictures; 0: unknown, or the cameras differ."""

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Steps of each episode, as read() returns them."""

    def read(self, index: int) -> Episode:
        """Read one episode.

        Raises:
            BadData: A file is missing or truncated, pictures and actions differ in number, a
                number is not finite, or there is no instruction.
        """

    def instruction(self, index: int) -> str:
        """Return the instruction of one episode, without its pictures.

        Raises:
            BadData: As for read(), except for the pictures.
        """

    def actions(self, index: int) -> NDArray[np.float64]:
        """Return the (T, 7) actions of one episode without its pictures, for statistics.

        Raises:
            BadData: As for read(), except for the pictures.
        """

    def states(self, index: int) -> NDArray[np.float64]:
        """Return the (T, S) states of one episode without its pictures, for statistics.

        Raises:
            BadData: As for read(), except for the pictures.
        """
