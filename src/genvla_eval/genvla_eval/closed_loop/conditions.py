# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How chunks follow each other in an episode, and the latency of answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from numpy.random import Generator

from genvla_command.command_line import check_at_least, check_shares
from genvla_sim.tasks.tabletop_env import LATENCY_S


class Way(StrEnum):
    """How chunks follow each other.

    Attributes:
        COMMIT: A chunk begins with the committed actions and continues from there.
        REPLACE: The newest chunk replaces the previous one, by the stamps of their images.
        ENSEMBLE: Actions are means over all chunks that cover their time.
        BLOCKING: A chunk is executed completely; the next one answers an image of the arm at rest.
    """

    COMMIT = 'commit'
    REPLACE = 'replace'
    ENSEMBLE = 'ensemble'
    BLOCKING = 'blocking'


@dataclass(frozen=True)
class Conditions:
    """How chunks follow each other, and the latency of an answer.

    Attributes:
        way: How chunks follow each other.
        latency_s: Time from an image to the chunk that answers it [s].
        jitter: Maximum relative deviation of the latency, uniform in both directions.
    """

    way: Way = Way.COMMIT
    latency_s: float = LATENCY_S
    jitter: float = 0.0

    def __post_init__(self) -> None:
        """Reject values out of range.

        Raises:
            ValueError: A number is out of its range.
        """
        check_at_least(0, latency_s=self.latency_s)
        check_shares(jitter=self.jitter)

    def draw(self, rng: Generator) -> float:
        """Return the latency of one answer [s]."""
        return self.latency_s * (1.0 + self.jitter * rng.uniform(-1.0, 1.0))


DEFAULT_CONDITIONS = Conditions()
