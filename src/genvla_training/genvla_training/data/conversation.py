# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every vision-language data set gives: conversations about a picture, by number.

Shape suffixes: K blocks of neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genvla_training.data.episode import Image


@dataclass(frozen=True)
class Turn:
    """A question and its answer, without any <image> placeholder, as written in the data."""

    question: str
    answer: str


@dataclass(frozen=True, eq=False)
class Conversation:
    """Questions and answers about a picture, or about none.

    Attributes:
        source: File and entry, for messages.
        images: The pictures, in the order of the data.
        turns: One at least.
    """

    source: str
    images: tuple[Image, ...]
    turns: Sequence[Turn]


class VisionLanguageDataset(Protocol):
    """Conversations by number. Opening one decodes no pictures.

    Reading has no side effects and needs no order. An instance can be pickled into a worker.
    """

    @property
    def name(self) -> str:
        """For logs."""

    def __len__(self) -> int:
        """Number of conversations."""

    @property
    def block_starts_K(self) -> NDArray[np.int64]:
        """First conversation of each block: neighbours that are best fetched one after another."""

    @property
    def fingerprint(self) -> bytes:
        """Other for other conversations, as far as that can be told without reading them."""

    def fetch(self, index: int) -> Callable[[], Conversation]:
        """Return what decodes one conversation, which is held as it is in the file.

        Raises:
            BadData: The file cannot be read. What it returns raises the rest, as read().
        """

    def read(self, index: int) -> Conversation:
        """Read one conversation.

        Raises:
            BadData: The picture is missing or cannot be decoded, or the turns are not a question
                and its answer in turn.
        """
