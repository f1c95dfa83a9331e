# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run one function on many jobs on the machines of a Ray cluster, with a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import socket
from typing import TypeVar

from tqdm import tqdm

Job = TypeVar('Job')
Result = TypeVar('Result')


_KNOCK_TIMEOUT_S = 10.0


class RayFailed(RuntimeError):
    """Ray is not installed, the cluster does not answer, or it gave up a job."""


def on_ray(
    run: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    sizes: Sequence[int],
    address: str,
    unit: str,
    start: Callable[[], None] | None = None,
    already_done: int = 0,
) -> Iterator[tuple[Job, Result]]:
    """Yield each job and its result, in the order in which jobs finish; see in_processes().

    A job takes one CPU of the cluster. Every machine of the cluster needs genvla installed and the
    same files under the same paths. If a job's machine is lost, the job runs again on another one.

    Args:
        run: A function that can be pickled.
        jobs: Arguments for `run`, one per call.
        sizes: Progress that each job adds to the bar.
        address: "auto" for the cluster on this machine, HOST:6379, or ray://HOST:10001.
        unit: Unit of the progress bar.
        start: Called before every job.
        already_done: Initial progress.

    Raises:
        RayFailed: Ray is not installed, the cluster does not answer, or it gave up a job.
        Exception: Any exception that a job raises.
    """
    try:
        import ray
    except ImportError as error:
        raise RayFailed('Ray is not installed: pip install ray') from error

    def remote(job: Job) -> Result:
        if start is not None:
            start()
        return run(job)

    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level='error')
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise RayFailed(
            f'no Ray cluster answers at {address!r} ({error}); start one with "ray start --head", '
            'and join other machines with "ray start --address=HOST:6379"'
        ) from error
    try:
        submit = ray.remote(num_cpus=1)(remote)
        sized = list(zip(jobs, sizes, strict=True))
        running = {submit.remote(job): (job, size) for job, size in sized}
        with tqdm(total=already_done + sum(sizes), initial=already_done, unit=unit) as bar:
            while running:
                [reference], _ = ray.wait(list(running))
                job, size = running.pop(reference)
                result: Result = ray.get(reference)
                bar.update(size)
                yield job, result
    except ray.exceptions.RayTaskError as error:
        # Raise the job's own error, without Ray's wrapper.
        raise error.cause or error from None
    except ray.exceptions.RayError as error:
        raise RayFailed(f'the cluster at {address!r} could not finish a job: {error}') from error
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Check that something listens at the address: Ray itself would wait for minutes.

    Raises:
        OSError: Nothing listens there.
        ValueError: The address is neither "auto" nor a host with a port.
    """
    if address == 'auto':
        return
    host, _, port = address.removeprefix('ray://').rpartition(':')
    if not host or not port.isdecimal():
        raise ValueError('expected "auto", HOST:6379 or ray://HOST:10001')
    socket.create_connection((host, int(port)), timeout=_KNOCK_TIMEOUT_S).close()
