# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""States of an arm, its commands, and answers to an operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


REQUESTED = 'stop was requested'
"""Reason of a stop that a person or a node requested."""
ASLEEP = 'asleep'
"""Reason for the stop of an arm in its sleep pose: there its torque may be switched off."""


class ArmState(StrEnum):
    """The arm's activity, as published on ~/state.

    Attributes:
        INACTIVE: No command is sent, whatever arrives.
        HOLDING: Waiting for a chunk; the arm holds its last goal.
        EXECUTING: Following a chunk, or moving to the end of one.
        MOVING: Moving to the home or sleep pose.
        STOPPED: Holding until an operator resumes the arm.
        FAULTED: No command can be sent, because the arm's state is unknown. This ends when joint
            states arrive again, unless they were silent so long that the driver may have been
            restarted.
    """

    INACTIVE = 'inactive'
    HOLDING = 'holding'
    EXECUTING = 'executing'
    MOVING = 'moving'
    STOPPED = 'stopped'
    FAULTED = 'faulted'


@dataclass(frozen=True, eq=False)
class ArmCommand:
    """A command for the driver.

    Attributes:
        q: Goal of the joints, shape (6,) [rad].
        gripper_m: Goal of the distance between the fingers [m]; None: leave the gripper unchanged.
    """

    q: Array
    gripper_m: float | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to an operator's request: whether it is carried out, and one sentence."""

    accepted: bool
    message: str
