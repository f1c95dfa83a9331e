# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What runs a trial, and who judges it: a robot and a person, or a simulator and its test."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from genvla_eval.trials.plan import Trial
from genvla_eval.trials.protocol import Setup, Task
from genvla_sim.tasks.rollout import Verdict


class RigFailed(RuntimeError):
    """The robot, its driver or the policy does not do what a trial needs; says what to do."""


class Quit(Exception):
    """The operator wants to go on another day."""


class Rig(Protocol):
    """A robot with a policy. Every method may raise RigFailed."""

    def load(self, checkpoint: Path) -> None:
        """Make the policy run a checkpoint; nothing moves."""

    def home(self) -> None:
        """Move the arm to where trials begin."""

    def start(self, trial: Trial, task: Task, bag: Path) -> None:
        """Begin to record into a folder that is not there yet, and give the instruction."""

    def halt(self) -> None:
        """Hold the arm at once."""

    def stop(self) -> None:
        """Withdraw the instruction and close the bag; also when nothing was started."""


class Operator(Protocol):
    """Who arranges the table and judges. Every method may raise Quit."""

    def ready_for_home(self, number: int, total: int) -> None:
        """Return when the arm may move to its home pose."""

    def arrange(self, task: Task, setup: Setup) -> None:
        """Return when the table is as the setup says and the trial may begin."""

    def watch(self, rig: Rig, duration_s: float) -> Verdict | None:
        """Return what came of the trial, after that time at the latest; halts the rig if asked.

        None: the trial does not count, as something outside the policy went wrong; repeat it.
        """
