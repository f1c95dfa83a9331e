# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixture of robot and vision-language data: which samples form a batch.

The batch of each step consists of S equal streams, whatever the number of ranks and workers. Each
stream has exactly its share of robot samples in every step. The output of a stream depends only on
the seed and the step, so the number of steps is the position in the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain, islice
import logging
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_policy.models.batch import Sample
from genvla_training.data.episode import BadData
from genvla_training.data.order import StepAt, StepStream, WeightedChoice, mixed_seed

_LOG = logging.getLogger(__name__)

_EVERY_STEP = -1
_MOST_BAD = 1000
"""Maximum number of consecutive bad samples when bad ones are skipped."""


class Source(Protocol):
    """Items (episodes or blocks of conversations), each with a number of samples.

    read() and sample() raise BadData for data that cannot be trained on. An instance can be
    pickled into a worker.
    """

    @property
    def name(self) -> str:
        """Name of the data set."""

    @property
    def lengths_E(self) -> NDArray[np.int64]:
        """Number of samples in each item."""

    def read(self, item: int) -> Any:
        """Read one item."""

    def sample(self, item: Any, step: int, rng: Generator, /) -> Sample:
        """Return one sample of an item that read() returned."""


@dataclass(frozen=True, eq=False)
class Part:
    """Data sets of one kind with their weights, and the number of samples that a stream draws.

    Attributes:
        sources: The data sets.
        weights: Relative frequency of each data set. Above 0.
        per_step: Number of samples in a stream per step.
        pool_items: Maximum number of items of a data set whose samples a stream shuffles together
            and keeps in memory.
    """

    sources: Sequence[Source]
    weights: Sequence[float]
    per_step: int
    pool_items: int


@dataclass(frozen=True)
class StreamOptions:
    """Order and sampling of the data.

    Attributes:
        seed: Determines the order and the augmentation.
        num_streams: Number of streams per step, S; the number of ranks must divide it.
        pool_episodes: Episodes of a robot data set whose steps a stream shuffles together and
            keeps in memory, with encoded pictures. A pool never exceeds the stream's share of the
            data set.
        pool_blocks: The same for vision-language data, in blocks of up to 16 MB.
        skip_bad: Skip unreadable items, log and count them, and use the next one of the stream
            instead. Otherwise they are fatal.
    """

    seed: int = 0
    num_streams: int = 8
    pool_episodes: int = 128
    pool_blocks: int = 8
    skip_bad: bool = False


@dataclass(frozen=True, eq=False)
class Drawn:
    """A sample and its source.

    Attributes:
        sample: The training sample.
        dataset: Name of its data set.
        num_skipped: Number of bad items that this stream first met while drawing it.
    """

    sample: Sample
    dataset: str
    num_skipped: int


class MixtureStream:
    """One stream: a fixed number of samples of every part in each step; endless."""

    def __init__(self, parts: Sequence[Part], stream: int, options: StreamOptions) -> None:
        """Begin at the first step.

        Raises:
            ValueError: A data set is empty or a weight is not above 0.
        """
        self._step = 0
        self._key = options.seed, 3, stream
        self._parts: list[tuple[int, WeightedChoice, list[_PoolReader]]] = []
        for number, part in enumerate(parts):
            if part.per_step:
                seed = mixed_seed(options.seed, number)
                choice = WeightedChoice(tuple(part.weights), seed=seed, stream=stream)
                readers = [
                    _PoolReader(
                        source,
                        StepStream(
                            source.lengths_E,
                            seed=mixed_seed(options.seed, number, index),
                            stream=stream,
                            num_streams=options.num_streams,
                            pool_episodes=part.pool_items,
                        ),
                        skip_bad=options.skip_bad,
                    )
                    for index, source in enumerate(part.sources)
                ]
                self._parts.append((part.per_step, choice, readers))

    def __iter__(self) -> Iterator[list[Drawn]]:
        """Return itself."""
        return self

    def __next__(self) -> list[Drawn]:
        """Return the samples of the next step.

        Raises:
            BadData: An item cannot be read, and skip_bad is off.
        """
        rng = np.random.default_rng((*self._key, self._step))
        self._step += 1
        return [
            readers[next(choice)].draw(rng)
            for per_step, choice, readers in self._parts
            for _ in range(per_step)
        ]

    def skip(self, steps: int) -> None:
        """Continue as if `steps` steps had been drawn."""
        self._step += steps
        for per_step, choice, readers in self._parts:
            counts = choice.skip(steps * per_step).tolist()
            for reader, count in zip(readers, counts, strict=True):
                reader.skip(count)


class _PoolReader:
    """Reads the items of a pool on first use and keeps them while they are in the pool."""

    def __init__(self, source: Source, steps: StepStream, *, skip_bad: bool) -> None:
        self._source, self._steps, self._skip_bad = source, steps, skip_bad
        self._group, self._items = -1, dict[int, Any]()
        self._bad = set[tuple[int, int]]()  # bad items (_EVERY_STEP) and bad steps

    def skip(self, count: int) -> None:
        self._steps.skip(count)

    def draw(self, rng: Generator) -> Drawn:
        at = next(self._steps)
        if at.group != self._group:
            self._group, pool = at.group, self._steps.pool
            self._items = {n: item for n, item in self._items.items() if n in pool}
        if not self._skip_bad:
            return Drawn(self._sample(at.episode, at.step, rng), self._source.name, 0)
        # The next good sample of the stream replaces a bad one without moving the position. The
        # sample drawn therefore stays a function of the position.
        num_skipped = 0
        for each in chain([at], self._coming()):
            place = each.episode, each.step
            if {(each.episode, _EVERY_STEP), place} & self._bad:
                continue
            before = rng.bit_generator.state
            try:
                sample = self._sample(*place, rng)
            except BadData as error:
                # Restore the generator, so that the sample does not depend on which bad items were
                # met before.
                rng.bit_generator.state = before
                self._bad.add(
                    place if each.episode in self._items else (each.episode, _EVERY_STEP)
                )
                num_skipped += 1
                _LOG.warning('skipped: %s', error)
                continue
            return Drawn(sample, self._source.name, num_skipped)
        raise BadData(
            f'{self._source.name}: {_MOST_BAD} consecutive samples are bad; see the skipped ones '
            'above'
        )

    def _coming(self) -> Iterator[StepAt]:
        """Yield the steps after the last drawn one, without drawing them."""
        yield from islice(copy(self._steps), _MOST_BAD - 1)

    def _sample(self, item: int, step: int, rng: Generator) -> Sample:
        if item not in self._items:
            self._items[item] = self._source.read(item)
        return self._source.sample(self._items[item], step, rng)
