# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the speed of replaying bags, and check that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import threading
import time

import psutil

from genvla_bags.step_bag import PERIOD_S, StepBag
from genvla_eval.closed_loop.simulated_steps import run_policy
from genvla_eval.replay.run import Candidate, ask_bags
from genvla_policy.inference.policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT

_STEPS = 40
_TIMES_LARGER = 10
_SAMPLE_S = 0.02

Measured = tuple[str, Sequence[float], str]


def replaying(folder: Path) -> list[Measured]:
    """Measure the shipped policy's pictures per second, also relative to real time at 5 Hz.

    The pictures are 640 x 480, uncompressed. The memory growth is the peak of the process during a
    bag that is ten times larger, minus the peak during the small one.
    """
    policy = Policy.load(SHIPPED_CHECKPOINT)
    policy.warm_up()
    steps = run_policy(policy, _STEPS, image_size=(640, 480))
    small = StepBag().write(folder / 'small', steps)
    large = StepBag().write(folder / 'large', steps * _TIMES_LARGER)
    peaks_mb, rates = [], []
    for bag in (small, large):
        started_s = time.monotonic()
        with _PeakMemory() as peak:
            candidate = Candidate('tiny', policy, '')
            ask_bags([bag], [candidate])
        rates.append(len(candidate.rows) / (time.monotonic() - started_s))
        peaks_mb.append(peak.megabytes)
    return [
        ('replay_pictures_per_s', rates, '1/s'),
        ('replay_over_real_time', [rate * PERIOD_S for rate in rates], ''),
        ('replay_memory_growth_mb', [peaks_mb[1] - peaks_mb[0]], 'MB'),
    ]


class _PeakMemory:
    """Peak memory of this process inside the with statement, without shared memory [MB]."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._stop.wait(_SAMPLE_S):
            info = process.memory_info()
            self.megabytes = max(self.megabytes, (info.rss - info.shared) / 1e6)
