# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of samples in a data set: a pure function of a seed and a position.

A stream is one of S equal parts of the sequence of all epochs. Its episodes enter a pool one by
one, and each of their steps waits there for a random time. A reader therefore keeps one pool in
memory and reads one episode at a time. A position is a number, and the samples do not depend on
how ranks and workers share the streams.

Shape suffixes: E episodes, W waiting steps, G steps of a group, 2 an episode and a step of it, 3
the group in which a step is drawn, its episode and the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SKIPPED_AT_ONCE = 4096
"""Number of episodes whose lengths skip() sums at once."""


@dataclass(frozen=True)
class StepAt:
    """A step of an episode, and the group in which it is drawn."""

    group: int
    episode: int
    step: int


class StepStream:
    """One stream of steps; endless.

    With each episode that enters the pool, a group of steps leaves it. A step of the n-th episode
    leaves with a group from n to n + P - 1, all equally probable; the steps of a group are
    shuffled. Every step of every episode is therefore drawn exactly once. Consecutive samples come
    from up to P episodes, and an episode leaves the pool after P groups.

    Attributes:
        pool_episodes: Maximum number of episodes in the pool, P: no more than this stream's share
            of the data set, so that a small data set is drawn evenly.
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
            seed: Determines the order.
            stream: Number of the stream, in [0, num_streams).
            num_streams: Number of streams that share the sequence.
            pool_episodes: Maximum number of episodes whose steps are shuffled together.

        Raises:
            ValueError: The data set has no steps.
        """
        if not len(lengths_E) or not lengths_E.sum():
            raise ValueError('no steps to draw: the data set is empty')
        self.pool_episodes = min(pool_episodes, -(-len(lengths_E) // num_streams))
        self._lengths_E = lengths_E
        self._seed, self._stream, self._num_streams = seed, stream, num_streams
        self._epoch, self._order_E = -1, np.empty(0, np.int64)
        # Arrays are replaced, never modified, so a copy of the stream advances independently.
        self._waiting_W3: NDArray[np.int64] = np.empty((0, 3), np.int64)
        self._group, self._group_G2 = -1, self._waiting_W3[:, 1:]
        self._next = 0
        self._num_entered = 0  # total steps of the episodes that have entered

    def __iter__(self) -> Iterator[StepAt]:
        """Return itself."""
        return self

    def __next__(self) -> StepAt:
        """Return the next step."""
        while self._next >= len(self._group_G2):
            self._open_group()
        episode, step = self._group_G2[self._next].tolist()
        self._next += 1
        return StepAt(self._group, episode, step)

    @property
    def pool(self) -> set[int]:
        """Episodes with a step in the open group or a waiting step."""
        return set(np.union1d(self._group_G2[:, 0], self._waiting_W3[:, 1]).tolist())

    def skip(self, count: int) -> None:
        """Continue as if `count` steps had been drawn, without shuffling the groups in between."""
        left = len(self._group_G2) - self._next
        if count < left:
            self._next += count
            return
        position = self._num_entered - len(self._waiting_W3) - left + count
        self._jump(position)
        drawn = self._num_entered - len(self._waiting_W3)
        while drawn <= position:
            self._open_group()
            drawn += len(self._group_G2)
        self._next = len(self._group_G2) - (drawn - position)

    def _jump(self, position: int) -> None:
        """Move to the end of a group before which at most `position` steps have left."""
        group, num_entered = self._group + 1, self._num_entered
        while True:
            ends = num_entered + self._lengths_E[self._episodes(group, _SKIPPED_AT_ONCE)].cumsum()
            # At most as many steps can have left as have entered.
            within = int(np.searchsorted(ends, position, side='right'))
            if within:
                group, num_entered = group + within, int(ends[within - 1])
            if within < len(ends):
                break
        first = max(0, group - self.pool_episodes)
        entered = [self._entering(n)[0] for n in range(first, group)]
        waiting_W3 = np.concatenate([self._waiting_W3[:0], *entered])
        self._waiting_W3 = waiting_W3[waiting_W3[:, 0] >= group]
        self._group, self._group_G2 = group - 1, self._waiting_W3[:0, 1:]
        self._next, self._num_entered = 0, num_entered

    def _open_group(self) -> None:
        self._group += 1
        entering, rng = self._entering(self._group)
        self._num_entered += len(entering)
        waiting_W3 = np.concatenate([self._waiting_W3, entering])
        leaves_W = waiting_W3[:, 0] == self._group
        self._group_G2 = rng.permutation(waiting_W3[leaves_W, 1:], axis=0)
        self._waiting_W3, self._next = waiting_W3[~leaves_W], 0

    def _entering(self, number: int) -> tuple[NDArray[np.int64], np.random.Generator]:
        """Return the (T, 3) steps of the n-th episode to enter, and the generator of its group."""
        [episode] = self._episodes(number, 1).tolist()
        length = int(self._lengths_E[episode])
        rng = np.random.default_rng((self._seed, 1, self._stream, number))
        groups = number + rng.integers(self.pool_episodes, size=length)
        return np.column_stack([groups, np.full(length, episode), np.arange(length)]), rng

    def _episodes(self, first: int, count: int) -> NDArray[np.int64]:
        """Return `count` of the stream's episodes, in the order in which they enter."""
        places = np.arange(first, first + count) * self._num_streams + self._stream
        epochs, indices = np.divmod(places, len(self._lengths_E))
        episodes = np.empty(count, np.int64)
        for epoch in np.unique(epochs):
            is_epoch = epochs == epoch
            episodes[is_epoch] = self._epoch_order(int(epoch))[indices[is_epoch]]
        return episodes

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
        """Continue as if `count` choices had been made; return the count of each choice."""
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
    """Return one seed derived from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
