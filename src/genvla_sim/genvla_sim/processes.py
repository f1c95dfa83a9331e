# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The same function on many jobs, in processes of their own, with a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
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
        Exception: What a job raises; those that have not begun are not run then.
    """
    # Fresh processes: a forked one would inherit the parent's OpenGL and thread state.
    context = multiprocessing.get_context('spawn')
    with (
        tqdm(total=already_done + sum(sizes), initial=already_done, unit=unit) as bar,
        ProcessPoolExecutor(workers, mp_context=context, initializer=start) as pool,
    ):
        futures = {
            pool.submit(run, job): (job, size) for job, size in zip(jobs, sizes, strict=True)
        }
        try:
            for future in as_completed(futures):
                job, size = futures[future]
                result = future.result()
                bar.update(size)
                yield job, result
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
