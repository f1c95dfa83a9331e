# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Works through the trials that are left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
import time

from genvla_eval.trials.plan import Trial, trial_order
from genvla_eval.trials.protocol import Protocol
from genvla_eval.trials.results import TrialResult, append_result, new_bag, read_results
from genvla_eval.trials.rig import Operator, Rig


def trials_left(protocol: Protocol, folder: Path) -> list[Trial]:
    """Return the trials without a verdict, in order.

    Raises:
        ValueError: The results are damaged.
    """
    done = {result.number for result in read_results(folder)}
    return [trial for trial in trial_order(protocol) if trial.number not in done]


def run_trials(
    protocol: Protocol,
    folder: Path,
    rig: Rig,
    operator: Operator,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run every trial that is left; each verdict is kept before the next trial begins.

    Args:
        protocol: What is tried.
        folder: The run's.
        rig: What moves.
        operator: Who judges.
        clock: Measures how long a trial takes [s].

    Raises:
        RigFailed: The trial in hand is not kept.
        Quit: The operator stopped; the same.
        ValueError: The results are damaged.
    """
    total = len(trial_order(protocol))
    for trial in trials_left(protocol, folder):
        while (result := _try_once(protocol, trial, total, folder, rig, operator, clock)) is None:
            pass
        append_result(folder, result)


def _try_once(
    protocol: Protocol,
    trial: Trial,
    total: int,
    folder: Path,
    rig: Rig,
    operator: Operator,
    clock: Callable[[], float],
) -> TrialResult | None:
    """Return what came of a trial; None: it is to be repeated."""
    task = protocol.task(trial.task)
    operator.ready_for_home(trial.number, total)
    rig.home()
    # Always, even if it is there already: how long a trial takes to begin would give it away.
    rig.load(protocol.checkpoints[trial.checkpoint])
    operator.arrange(task, task.setup(trial.repetition))
    bag = new_bag(folder, trial)
    started_s = clock()
    try:
        rig.start(trial, task, bag)
        verdict = operator.watch(rig, protocol.duration_s)
        duration_s = clock() - started_s
    finally:
        rig.stop()
    if verdict is None:
        return None
    return TrialResult(
        number=trial.number,
        task=trial.task,
        repetition=trial.repetition,
        checkpoint=trial.checkpoint,
        verdict=verdict,
        duration_s=round(duration_s, 2),
        bag=str(bag.relative_to(folder)),
        finished=datetime.now(UTC).isoformat(timespec='seconds'),
    )
