# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A finding, and the list of checks that produce findings."""

from __future__ import annotations

from dataclasses import dataclass

CHECKS = {
    'broken': 'an episode that cannot be read',
    'idle': 'nothing moves for a long time: a policy learns to stand still',
    'gripper': 'the gripper never moves in an episode, although it does in most',
    'black': 'a black image',
    'frozen': (
        'the image does not change while the arm moves: the camera froze, or does not see the arm'
    ),
    'dropped': (
        'an image is repeated while the arm moves: a frame was dropped, or the camera does not '
        'see the arm'
    ),
    'picture_clock': 'images and actions are not synchronised',
    'state_clock': 'states and actions are not synchronised',
    'unexplained': 'the actions do not explain the state changes',
    'statistics': 'the range of the actions differs from that of the other data set',
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
