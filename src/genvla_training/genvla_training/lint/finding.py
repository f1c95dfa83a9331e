# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One thing that is wrong, and the checks that look for such things."""

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
"""By name: what it finds."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        check: Which check found it, of CHECKS.
        text: What is wrong, as a sentence without its full stop.
        episode: In which episode. None: in the data set as a whole.
        step: At which step it begins.
        badness: How bad it is beside others of its check.
    """

    check: str
    text: str
    episode: int | None = None
    step: int = 0
    badness: float = 0.0

    @property
    def place(self) -> str:
        """Where to look."""
        return 'all' if self.episode is None else f'episode {self.episode}, step {self.step}'
