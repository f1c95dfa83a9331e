# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Map a gamepad's axes and buttons to motions of the arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from genvla_command.end_effector_action import ACTION_NAMES, GRIPPER

NUM_AXES = GRIPPER
"""Number of axes in a mapping: all numbers of an action before the gripper's."""


@dataclass(frozen=True)
class JoyMapping:
    """Which axis moves what, and how fast.

    The defaults fit an Xbox gamepad as joy_node reads it: left stick x and y, right stick up z and
    sideways yaw. The triggers and the pad are not used.

    Attributes:
        axes: Index of the axis for dx dy dz droll dpitch dyaw; -1: none.
        inverted: Whether the axis is inverted, one per entry of `axes`.
        held_button: Must be held for the arm to move.
        open_button: Opens the gripper.
        close_button: Closes the gripper.
        max_translation: Translation of a step at full deflection [m].
        max_rotation: Rotation of a step at full deflection [rad].
        dead_zone: Deflection that counts as zero, in [0, 1).
    """

    axes: tuple[int, ...] = (1, 0, 4, -1, -1, 3)
    inverted: tuple[bool, ...] = (False,) * NUM_AXES
    held_button: int = 5
    open_button: int = 0
    close_button: int = 1
    max_translation: float = 0.015
    max_rotation: float = 0.06
    dead_zone: float = 0.1

    def __post_init__(self) -> None:
        """Reject an invalid mapping.

        Raises:
            ValueError: A value is invalid; the message says what was expected.
        """
        if len(self.axes) != NUM_AXES or len(self.inverted) != NUM_AXES:
            raise ValueError(
                f'axes are {self.axes} and inverted {self.inverted}, expected {NUM_AXES} each: '
                + ' '.join(ACTION_NAMES[:NUM_AXES])
            )
        if not 0.0 <= self.dead_zone < 1.0:
            raise ValueError(f'dead_zone is {self.dead_zone}, expected 0 to less than 1')

    def is_held(self, buttons: Sequence[int]) -> bool:
        """Return whether the button that lets the arm move is held."""
        return _pressed(buttons, self.held_button)

    def step(self, axes: Sequence[float]) -> list[float]:
        """Return dx dy dz [m], droll dpitch dyaw [rad] of a step; a missing axis counts as 0.

        The deflection is measured from the edge of the dead zone and squared, for fine control
        near the centre.
        """
        limits = [self.max_translation] * 3 + [self.max_rotation] * 3
        return [
            limit * (-1.0 if inverted else 1.0) * self._deflection(axes, index)
            for index, inverted, limit in zip(self.axes, self.inverted, limits, strict=True)
        ]

    def opening(self, buttons: Sequence[int], before: float) -> float:
        """Return the gripper's opening, 0 closed to 1 open; without a button, return `before`."""
        if _pressed(buttons, self.close_button):
            return 0.0
        return 1.0 if _pressed(buttons, self.open_button) else before

    def _deflection(self, axes: Sequence[float], index: int) -> float:
        value = axes[index] if 0 <= index < len(axes) else 0.0
        if not math.isfinite(value) or abs(value) <= self.dead_zone:
            return 0.0
        share = (min(abs(value), 1.0) - self.dead_zone) / (1.0 - self.dead_zone)
        return math.copysign(share**2, value)


def _pressed(buttons: Sequence[int], index: int) -> bool:
    return 0 <= index < len(buttons) and bool(buttons[index])
