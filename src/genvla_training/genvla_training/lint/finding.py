# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A finding, and the list of checks that produce findings."""

from __future__ import annotations

from dataclasses import dataclass

CHECKS = {
    'broken': 'an episode that cannot be read',
    'idle': 'nothing moves for long: a policy learns to stand still',
    'gripper': 'the gripper never moves in an episode, though it does in most',
    'black': 'a picture without light',
    'frozen': 'the picture stands still while the arm moves: a hung camera, or it sees no arm',
    'dropped': 'a picture is repeated while the arm moves: a frame is missing, or it sees no arm',
    'picture_clock': 'pictures and actions are not of the same time',
    'state_clock': 'states and actions are not of the same time',
    'unexplained': 'the actions do not explain how the state changes',
    'statistics': 'the actions have another range than those of another data set',
}
"""Checks by name, with the defect that each one finds."""


@dataclass(frozen=True)
class Finding:
    """A defect of a data set.

    Attributes:
        check: Name of the check, a key of CHECKS.
        text: Description of the defect, without a full stop.
        episode: Number of the episode. None: the data set as a whole.
        step: Step at which the defect begins.
        badness: Severity relative to other findings of the check.
    """

    check: str
    text: str
    episode: int | None = None
    step: int = 0
    badness: float = 0.0

    @property
    def place(self) -> str:
        """Location of the defect."""
        return 'all' if self.episode is None else f'episode {self.episode}, step {self.step}'
