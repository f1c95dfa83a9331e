# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The interface of vision-language data sets: conversations about pictures, by number.

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
    """A question and its answer as written in the data, without <image> placeholders."""

    question: str
    answer: str


@dataclass(frozen=True, eq=False)
class Conversation:
    """Questions and answers about pictures, or about none.

    Attributes:
        source: File and entry, for messages.
        images: Pictures in the order of the data.
        turns: At least one turn.
    """

    source: str
    images: tuple[Image, ...]
    turns: Sequence[Turn]


class VisionLanguageDataset(Protocol):
    """Conversations by number. Opening a data set decodes no pictures.

    Reads have no side effects and work in any order. An instance can be pickled into a worker.
    """

    @property
    def name(self) -> str:
        """Name for logs."""

    def __len__(self) -> int:
        """Return the number of conversations."""

    @property
    def block_starts_K(self) -> NDArray[np.int64]:
        """First conversation of each block: neighbours that are fastest to fetch in sequence."""

    @property
    def fingerprint(self) -> bytes:
        """Digest that changes with the conversations, as far as detectable without reading."""

    def fetch(self, index: int) -> Callable[[], Conversation]:
        """Return a function that decodes one conversation, kept encoded as in the file.

        Raises:
            BadData: The file cannot be read. The returned function raises the other errors of
                read().
        """

    def read(self, index: int) -> Conversation:
        """Read one conversation.

        Raises:
            BadData: A picture is missing or cannot be decoded, or the turns do not alternate
                between question and answer.
        """
