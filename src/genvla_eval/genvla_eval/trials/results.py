# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What came of trials: a line each, and a folder for each one's bag."""

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
        number: As in Trial, and the next three.
        task: Its name.
        repetition: Of the setup.
        checkpoint: Name in the protocol.
        verdict: What came of it.
        duration_s: From the instruction to the verdict [s].
        bag: Its folder, relative to the run's.
        finished: When, ISO 8601.
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
        """Turn the text of a line into a verdict.

        Raises:
            ValueError: There is no such verdict.
        """
        object.__setattr__(self, 'verdict', Verdict(self.verdict))


def read_results(folder: Path) -> list[TrialResult]:
    """Return the trials that were judged.

    Raises:
        ValueError: A line is damaged.
    """
    return read_lines(folder / TRIALS, TrialResult)


def append_result(folder: Path, result: TrialResult) -> None:
    """Keep a verdict."""
    append_lines(folder / TRIALS, [result])


def new_bag(folder: Path, trial: Trial) -> Path:
    """Return a folder for a trial's bag that is not there; bags of earlier attempts stay."""
    name = f'{trial.number:04d}-{trial.task}'
    attempts = [folder / BAGS / name, *(folder / BAGS / f'{name}-{n}' for n in range(2, 1000))]
    (folder / BAGS).mkdir(exist_ok=True)
    return next(path for path in attempts if not path.exists())
