# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Results of trials: one line per trial, and a folder for each trial's bag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genvla_command.json_lines import append_lines, read_lines
from genvla_eval.trials.plan import Trial
from genvla_sim.tasks.rollout import Verdict

TRIALS = 'trials.jsonl'
BAGS = 'bags'


@dataclass(frozen=True)
class TrialResult:
    """A line of trials.jsonl.

    Attributes:
        number: As in Trial.
        task: Name of the task.
        repetition: As in Trial.
        checkpoint: Name in the protocol.
        verdict: Verdict of the operator.
        duration_s: Time from the instruction to the verdict [s].
        bag: Folder of the bag, relative to the run's folder.
        finished: Time of the verdict, ISO 8601.
    """

    number: int
    task: str
    repetition: int
    checkpoint: str
    verdict: Verdict
    duration_s: float
    bag: str
    finished: str

    def __post_init__(self) -> None:
        """Convert the text of a line to a verdict.

        Raises:
            ValueError: The verdict does not exist.
        """
        object.__setattr__(self, 'verdict', Verdict(self.verdict))


def read_results(folder: Path) -> list[TrialResult]:
    """Return the judged trials.

    Raises:
        ValueError: A line is damaged.
    """
    return read_lines(folder / TRIALS, TrialResult)


def append_result(folder: Path, result: TrialResult) -> None:
    """Append a verdict to the results."""
    append_lines(folder / TRIALS, [result])


def new_bag(folder: Path, trial: Trial) -> Path:
    """Return a new folder for a trial's bag; bags of earlier attempts stay."""
    name = f'{trial.number:04d}-{trial.task}'
    attempts = [folder / BAGS / name, *(folder / BAGS / f'{name}-{n}' for n in range(2, 1000))]
    (folder / BAGS).mkdir(exist_ok=True)
    return next(path for path in attempts if not path.exists())
