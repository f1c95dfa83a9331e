# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The same function on many jobs, in processes of their own, with a progress bar."""

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
    """Yield each job and what came of it, in the order in which they end.

    Args:
        run: A function that can be pickled.
        jobs: What it is called with.
        sizes: What each job counts on the progress bar.
        workers: Processes.
        unit: What the progress bar counts.
        start: Called once in each new process.
        already_done: Where the progress bar begins.

    Raises:
        Exception: What a job raises; those that run end first, and no other begins.
    """
    # Fresh processes: a forked one would inherit the parent's OpenGL and thread state.
    context = multiprocessing.get_context('spawn')
    left = iter(list(zip(jobs, sizes, strict=True)))
    with (
        tqdm(total=already_done + sum(sizes), initial=already_done, unit=unit) as bar,
        ProcessPoolExecutor(workers, mp_context=context, initializer=start) as pool,
    ):
        running: dict[Future[Result], tuple[Job, int]] = {}

        def begin(count: int) -> None:
            # No more than there are workers: the pool would not take back what it has queued.
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
