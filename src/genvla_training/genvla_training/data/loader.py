# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches of one rank, made by worker processes; independent of the number of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from genvla_command.threads import use_threads
from genvla_policy.models.batch import Batch
from genvla_policy.models.config import VLAConfig
from genvla_training.data.episode import BadData
from genvla_training.data.mixture import Drawn, MixtureStream, Part, StreamOptions

StepOfStreams = list[tuple[int, list[Drawn]]]
"""Streams by number, each with its samples of one step."""
Answer = StepOfStreams | BadData
"""Result from a worker. Errors are returned: raising them would add a traceback to the message."""


@dataclass(frozen=True, eq=False)
class LoadedBatch:
    """The training data of one rank in one step.

    Attributes:
        batch: The samples.
        datasets: Name of each sample's data set.
        num_skipped: Number of bad items that were skipped.
    """

    batch: Batch
    datasets: Sequence[str]
    num_skipped: int


class _Streams(IterableDataset[Answer]):
    """The streams of a rank, dealt round-robin to the workers."""

    def __init__(
        self, parts: Sequence[Part], streams: Sequence[int], options: StreamOptions, step: int
    ) -> None:
        self._parts, self._streams, self._options, self._step = parts, streams, options, step

    def __iter__(self) -> Iterator[Answer]:
        worker = get_worker_info()
        first, every = (worker.id, worker.num_workers) if worker else (0, 1)
        if worker:
            use_threads(1)
        mine = {
            number: MixtureStream(self._parts, number, self._options)
            for number in self._streams[first::every]
        }
        for stream in mine.values():
            stream.skip(self._step)
        try:
            while True:
                yield [(number, next(stream)) for number, stream in mine.items()]
        except BadData as error:
            yield error


def load_batches(
    parts: Sequence[Part],
    config: VLAConfig,
    options: StreamOptions,
    *,
    step: int = 0,
    rank: int = 0,
    num_ranks: int = 1,
    num_workers: int = 0,
) -> Iterator[LoadedBatch]:
    """Yield the batches of one rank, starting at a step; endless.

    Args:
        parts: The data sets.
        config: Configuration of the model.
        options: Order and sampling of the data.
        step: Number of steps already trained.
        rank: Rank of this process, in [0, num_ranks).
        num_ranks: Number of ranks; must divide options.num_streams.
        num_workers: Number of reading processes; 0 reads in this process.

    Raises:
        ValueError: The number of ranks does not divide the number of streams, or a data set is
            empty.
        BadData: An item cannot be read, and skip_bad is off.
    """
    if options.num_streams % num_ranks:
        raise ValueError(
            f'{num_ranks} processes cannot divide {options.num_streams} streams equally; set '
            f'num_streams to a multiple of {num_ranks}'
        )
    per_rank = options.num_streams // num_ranks
    streams = range(rank * per_rank, (rank + 1) * per_rank)
    num_workers = min(num_workers, per_rank)
    loader = DataLoader(
        _Streams(parts, streams, options, step),
        batch_size=None,
        num_workers=num_workers,
        # Spawn, because a forked process would inherit threads of PyTorch and of the decoders.
        multiprocessing_context='spawn' if num_workers else None,
    )
    steps = iter(loader)
    while True:
        streams_of_step: StepOfStreams = []
        # Workers return results in turn, each for its streams of the same step.
        for answer in islice(steps, max(num_workers, 1)):
            if isinstance(answer, BadData):
                raise answer
            streams_of_step += answer
        streams_of_step.sort(key=lambda stream: stream[0])
        drawn = [each for _, samples in streams_of_step for each in samples]
        yield LoadedBatch(
            Batch.collate(
                [each.sample for each in drawn],
                num_cameras=config.num_cameras,
                horizon=config.horizon,
                action_dim=config.action_dim,
            ),
            [each.dataset for each in drawn],
            sum(each.num_skipped for each in drawn),
        )
