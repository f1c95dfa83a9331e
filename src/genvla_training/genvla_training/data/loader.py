# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches of one rank, made by worker processes; the same batches whatever their number."""

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
"""Stream and its samples of one step."""
Answer = StepOfStreams | BadData
"""What a worker returns: an exception that it raised would carry its traceback in the message."""


@dataclass(frozen=True, eq=False)
class LoadedBatch:
    """What a rank trains on in one step.

    Attributes:
        batch: The samples.
        datasets: Name of each sample's data set.
        num_skipped: Bad items that were left out.
    """

    batch: Batch
    datasets: Sequence[str]
    num_skipped: int


class _Streams(IterableDataset[Answer]):
    """The streams of a rank; they are dealt round-robin to the workers."""

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
    """Yield the batches of one rank, from a step on; endless.

    Args:
        parts: The data sets.
        config: What the model is.
        options: How data is gone through.
        step: Steps that have been trained already.
        rank: Which rank, in [0, num_ranks).
        num_ranks: How many there are; divides options.num_streams.
        num_workers: Processes that read; 0: this one does.

    Raises:
        ValueError: The number of ranks does not divide the number of streams, or a data set is
            empty.
        BadData: Something cannot be read, and is not to be skipped.
    """
    if options.num_streams % num_ranks:
        raise ValueError(
            f'{num_ranks} processes cannot share {options.num_streams} streams equally; set '
            f'num_streams to a multiple of {num_ranks}'
        )
    per_rank = options.num_streams // num_ranks
    streams = range(rank * per_rank, (rank + 1) * per_rank)
    num_workers = min(num_workers, per_rank)
    loader = DataLoader(
        _Streams(parts, streams, options, step),
        batch_size=None,
        num_workers=num_workers,
        # Fresh processes: a forked one would inherit threads of PyTorch and of the decoders.
        multiprocessing_context='spawn' if num_workers else None,
    )
    steps = iter(loader)
    while True:
        streams_of_step: StepOfStreams = []
        # Workers answer in turn, each with its streams of the same step.
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
