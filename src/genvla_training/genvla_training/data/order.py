# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The order in which a data set is gone through: a pure function of a seed and a position.

A stream is one of S equal parts of the sequence of all epochs. Its episodes come in pools of a
few; the steps of a pool are shuffled. So a reader holds one pool in memory, a position is a
number, and what is drawn does not depend on how the streams are shared among ranks and workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StepAt:
    """A step of an episode, and the pool that it is drawn in."""

    pool: int
    episode: int
    step: int


class StepStream:
    """One stream of steps; endless.

    Attributes:
        pool_episodes: Episodes of a pool.
    """

    def __init__(
        self,
        lengths_E: NDArray[np.int64],
        *,
        seed: int,
        stream: int,
        num_streams: int,
        pool_episodes: int,
    ) -> None:
        """Begin at the first step.

        Args:
            lengths_E: Steps of each episode.
            seed: Decides the order.
            stream: Which one, in [0, num_streams).
            num_streams: Into how many the sequence is parted.
            pool_episodes: Episodes whose steps are shuffled together.

        Raises:
            ValueError: There is no step at all.
        """
        if not len(lengths_E) or not lengths_E.sum():
            raise ValueError('there is no step to draw: the data set is empty')
        self.pool_episodes = pool_episodes
        self._lengths_E = lengths_E
        self._seed, self._stream, self._num_streams = seed, stream, num_streams
        self._epoch, self._order_E = -1, np.empty(0, np.int64)
        self._pool, self._next = -1, 0
        self._steps: NDArray[np.int64] = np.empty((0, 2), np.int64)

    def __iter__(self) -> Iterator[StepAt]:
        """Return itself."""
        return self

    def __next__(self) -> StepAt:
        """Return the next step."""
        while self._next >= len(self._steps):
            self._open(self._pool + 1)
        episode, step = self._steps[self._next].tolist()
        self._next += 1
        return StepAt(self._pool, episode, step)

    def skip(self, count: int) -> None:
        """Go on as if `count` steps had been drawn, without shuffling what lies between."""
        while count >= (left := len(self._steps) - self._next):
            count -= left
            pool = self._pool + 1
            length = int(self._lengths_E[self.episodes(pool)].sum())
            while count >= length > 0 or length == 0:
                count -= length
                pool += 1
                length = int(self._lengths_E[self.episodes(pool)].sum())
            self._open(pool)
        self._next += count

    def episodes(self, pool: int) -> NDArray[np.int64]:
        """Return the episodes of a pool, in no particular order."""
        first = pool * self.pool_episodes
        places = np.arange(first, first + self.pool_episodes) * self._num_streams + self._stream
        epochs, indices = np.divmod(places, len(self._lengths_E))
        episodes = np.empty(len(places), np.int64)
        for epoch in np.unique(epochs):
            is_epoch = epochs == epoch
            episodes[is_epoch] = self._epoch_order(int(epoch))[indices[is_epoch]]
        return episodes

    def _open(self, pool: int) -> None:
        episodes = self.episodes(pool)
        lengths = self._lengths_E[episodes]
        steps = np.column_stack(
            (np.repeat(episodes, lengths), np.concatenate([np.arange(n) for n in lengths]))
        )
        rng = np.random.default_rng((self._seed, 1, self._stream, pool))
        self._steps = rng.permutation(steps, axis=0)
        self._pool, self._next = pool, 0

    def _epoch_order(self, epoch: int) -> NDArray[np.int64]:
        if epoch != self._epoch:
            rng = np.random.default_rng((self._seed, 0, epoch))
            self._epoch, self._order_E = epoch, rng.permutation(len(self._lengths_E))
        return self._order_E


class WeightedChoice:
    """An endless sequence of choices with given weights; a pure function of seed and stream."""

    _BLOCK = 1024

    def __init__(self, weights: tuple[float, ...], *, seed: int, stream: int) -> None:
        """Begin at the first choice.

        Raises:
            ValueError: A weight is not above 0.
        """
        if not weights or min(weights) <= 0.0:
            raise ValueError(f'weights must be above 0, got {list(weights)}')
        self._shares = np.array(weights) / sum(weights)
        self._key = seed, 2, stream
        self._block, self._next = -1, self._BLOCK
        self._choices: NDArray[np.int64] = np.empty(0, np.int64)

    def __next__(self) -> int:
        """Return the next choice."""
        if self._next == self._BLOCK:
            self._open(self._block + 1)
        self._next += 1
        return int(self._choices[self._next - 1])

    def skip(self, count: int) -> NDArray[np.int64]:
        """Go on as if `count` choices had been made; return how often each was made."""
        counts = np.zeros(len(self._shares), np.int64)
        while count > 0:
            if self._next == self._BLOCK:
                self._open(self._block + 1)
            taken = self._choices[self._next : self._next + count]
            counts += np.bincount(taken, minlength=len(counts))
            self._next += len(taken)
            count -= len(taken)
        return counts

    def _open(self, block: int) -> None:
        rng = np.random.default_rng((*self._key, block))
        self._choices = rng.choice(len(self._shares), self._BLOCK, p=self._shares)
        self._block, self._next = block, 0


def mixed_seed(*numbers: int) -> int:
    """Return one seed of several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
