# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the remaining trials of a protocol."""

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
    """Run every remaining trial, saving each verdict before the next trial begins.

    Args:
        protocol: Tasks and checkpoints to try.
        folder: Folder of the run.
        rig: Robot that runs the trials.
        operator: Operator who judges them.
        clock: Clock that measures the duration of a trial [s].

    Raises:
        RigFailed: The rig failed; the current trial is not saved.
        Quit: The operator stopped; the current trial is not saved.
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
    """Return the result of a trial, or None to repeat it."""
    task = protocol.task(trial.task)
    operator.ready_for_home(trial.number, total)
    rig.home()
    # Load the checkpoint even if it is loaded: the delay would otherwise reveal it.
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
