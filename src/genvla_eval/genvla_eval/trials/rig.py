# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Interfaces for running and judging trials: a robot and a person, or a simulator and its test."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from genvla_eval.trials.plan import Trial
from genvla_eval.trials.protocol import Setup, Task
from genvla_sim.tasks.rollout import Verdict


class RigFailed(RuntimeError):
    """Robot, driver or policy cannot run a trial; the message suggests a remedy."""


class Quit(Exception):
    """The operator wants to stop and resume later."""


class Rig(Protocol):
    """A robot with a policy. Every method may raise RigFailed."""

    def load(self, checkpoint: Path) -> None:
        """Load a checkpoint into the policy; nothing moves."""

    def home(self) -> None:
        """Move the arm to the start pose of trials."""

    def start(self, trial: Trial, task: Task, bag: Path) -> None:
        """Start recording into a new folder, and give the instruction."""

    def halt(self) -> None:
        """Hold the arm immediately."""

    def stop(self) -> None:
        """Withdraw the instruction and close the bag, even if nothing was started."""


class Operator(Protocol):
    """Arranges the table and judges trials. Every method may raise Quit."""

    def ready_for_home(self, number: int, total: int) -> None:
        """Wait until the arm may move to its home pose."""

    def arrange(self, task: Task, setup: Setup) -> None:
        """Wait until the table is arranged and the trial may begin."""

    def watch(self, rig: Rig, duration_s: float) -> Verdict | None:
        """Watch a trial, halt the rig on request or after the duration, and return the verdict.

        None: the trial does not count, because something other than the policy failed; repeat it.
        """
