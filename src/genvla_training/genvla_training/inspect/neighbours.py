# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Count the episodes that neighbouring batches of a recipe share; reads no data.

    python -m genvla_training.inspect.neighbours openvla_plus_bridge
    python -m genvla_training.inspect.neighbours openvla_plus_bridge --pool-episodes 8

The episodes are made up; their order is the recipe's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
import tyro

from genvla_command.command_line import check_at_least, parse
from genvla_training.data.order import StepStream
from genvla_training.run.recipes import RECIPES

_STEPS_OF_EPISODE = (20, 45)
"""Range of episode lengths, upper bound exclusive; Bridge V2 averages 38 steps per episode."""
_FIRST_STEP = 1000
"""Number of batches to skip before counting, so that the pools are full."""


@dataclass(frozen=True)
class NeighboursOptions:
    """Recipe and amount of data."""

    recipe: tyro.conf.Positional[str]
    """Name of a recipe, from genvla_training.train --list."""
    pool_episodes: int = 0
    """Replaces the recipe's data.pool_episodes. 0: keep the recipe's value."""
    episodes: int = 50_000
    """Number of episodes in the robot data set."""
    batches: int = 30
    """Number of consecutive batches to compare."""

    def __post_init__(self) -> None:
        """Reject an unknown recipe or a number that is too small."""
        if self.recipe not in RECIPES:
            raise ValueError(f'no recipe is called {self.recipe!r}; available: {list(RECIPES)}')
        check_at_least(0, pool_episodes=self.pool_episodes)
        check_at_least(1, episodes=self.episodes)
        check_at_least(2, batches=self.batches)


@dataclass(frozen=True)
class Neighbours:
    """Episodes shared by consecutive batches.

    Attributes:
        samples: Number of robot samples in a batch.
        of_batch: Mean number of episodes in a batch.
        shared: Mean number of these that the next batch also contains.
        of_all: Number of episodes in all batches.
    """

    samples: int
    of_batch: float
    shared: float
    of_all: int


def neighbours(options: NeighboursOptions) -> Neighbours:
    """Draw batches of made-up episodes as the recipe does, and compare them."""
    config = RECIPES[options.recipe]()
    per_stream, _ = config.samples_per_stream
    lengths_E = np.random.default_rng(0).integers(*_STEPS_OF_EPISODE, options.episodes)
    streams = [
        StepStream(
            lengths_E,
            seed=config.data.seed,
            stream=number,
            num_streams=config.data.num_streams,
            pool_episodes=options.pool_episodes or config.data.pool_episodes,
        )
        for number in range(config.data.num_streams)
    ]
    for stream in streams:
        stream.skip(_FIRST_STEP * per_stream)
    batches = [
        {at.episode for stream in streams for at in islice(stream, per_stream)}
        for _ in range(options.batches)
    ]
    shared = [len(one & other) for one, other in pairwise(batches)]
    return Neighbours(
        samples=per_stream * len(streams),
        of_batch=float(np.mean([len(batch) for batch in batches])),
        shared=float(np.mean(shared)),
        of_all=len(set.union(*batches)),
    )


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(
        NeighboursOptions, args, module='genvla_training.inspect.neighbours', description=__doc__
    )
    found = neighbours(options)
    print(
        f'{options.recipe}: the {found.samples} robot samples of a batch come from '
        f'{found.of_batch:.1f} episodes; the next batch shares {found.shared:.1f} of them. '
        f'{options.batches} batches come from {found.of_all} episodes'
    )


if __name__ == '__main__':
    main()
