# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run one function on many jobs, in separate processes, with a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
import multiprocessing
from typing import TypeVar

from tqdm import tqdm

Job = TypeVar('Job')
Result = TypeVar('Result')


def in_processes(
    run: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    sizes: Sequence[int],
    workers: int,
    unit: str,
    start: Callable[[], None] | None = None,
    already_done: int = 0,
) -> Iterator[tuple[Job, Result]]:
    """Yield each job and its result, in the order in which jobs finish.

    Args:
        run: A function that can be pickled.
        jobs: Arguments for `run`, one per call.
        sizes: Progress that each job adds to the bar.
        workers: Number of processes.
        unit: Unit of the progress bar.
        start: Called once in each new process.
        already_done: Initial progress.

    Raises:
        Exception: Any exception that a job raises. Running jobs finish first; no other job starts.
    """
    # Spawn processes: a forked one would inherit the parent's OpenGL and thread state.
    context = multiprocessing.get_context('spawn')
    left = iter(list(zip(jobs, sizes, strict=True)))
    with (
        tqdm(total=already_done + sum(sizes), initial=already_done, unit=unit) as bar,
        ProcessPoolExecutor(workers, mp_context=context, initializer=start) as pool,
    ):
        running: dict[Future[Result], tuple[Job, int]] = {}

        def begin(count: int) -> None:
            # No more jobs than workers: the pool does not give back jobs that it has queued.
            for job, size in islice(left, count):
                running[pool.submit(run, job)] = job, size

        begin(workers)
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job, size = running.pop(future)
                result = future.result()
                begin(1)
                bar.update(size)
                yield job, result
