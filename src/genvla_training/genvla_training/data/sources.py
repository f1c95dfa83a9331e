# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A data set together with how its items become samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_policy.models.batch import Sample
from genvla_training.data.conversation import Conversation, VisionLanguageDataset
from genvla_training.data.conversation_samples import ConversationSampler
from genvla_training.data.episode import Episode, RobotDataset
from genvla_training.data.robot_samples import RobotSampler


class Source(Protocol):
    """Items, episodes or conversations, each of which has some samples.

    read() and sample() raise BadData for what cannot be trained on.
    """

    @property
    def name(self) -> str:
        """Of the data set."""

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Samples of each item."""

    def read(self, item: int) -> Any:
        """Read one item."""

    def sample(self, item: Any, step: int, rng: Generator) -> Sample:
        """Return one sample of an item that read() gave."""


@dataclass(frozen=True, eq=False)
class RobotSource:
    """Steps of demonstrations.

    Attributes:
        dataset: The demonstrations.
        sampler: How a step is written.
    """

    dataset: RobotDataset
    sampler: RobotSampler

    @property
    def name(self) -> str:
        """Of the data set."""
        return self.dataset.name

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Steps of each episode."""
        return self.dataset.lengths_E

    def read(self, item: int) -> Episode:
        """Read one episode."""
        return self.dataset.read(item)

    def sample(self, item: Episode, step: int, rng: Generator) -> Sample:
        """Write one step."""
        return self.sampler.sample(item, step, rng)


@dataclass(frozen=True, eq=False)
class ConversationSource:
    """Blocks of conversations, each of which is one sample.

    A block is held as it is in the file and decoded one by one, so that shuffling within a few
    blocks reads a parquet file nearly from front to back.

    Attributes:
        dataset: The conversations.
        sampler: How one is written.
    """

    dataset: VisionLanguageDataset
    sampler: ConversationSampler

    @property
    def name(self) -> str:
        """Of the data set."""
        return self.dataset.name

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Conversations of each block."""
        return np.diff(self._borders)

    @cached_property
    def _borders(self) -> NDArray[np.int64]:
        """First conversation of each block, and the number of all."""
        return np.append(self.dataset.block_starts_K, len(self.dataset))

    def read(self, item: int) -> list[Callable[[], Conversation]]:
        """Fetch one block."""
        first, end = self._borders[item : item + 2].tolist()
        return [self.dataset.fetch(index) for index in range(first, end)]

    def sample(
        self, item: Sequence[Callable[[], Conversation]], step: int, rng: Generator
    ) -> Sample:
        """Decode a conversation of a block, and write it."""
        return self.sampler.sample(item[step](), rng)
