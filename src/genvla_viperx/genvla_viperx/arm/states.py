# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What an arm does and is sent: states, commands, and answers to an operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


ASLEEP = 'asleep'
"""Why an arm is stopped that has reached its sleep pose: it may lose its torque."""


class ArmState(StrEnum):
    """What the arm is doing, as published on ~/state.

    Attributes:
        INACTIVE: Nothing is commanded, whatever comes in.
        HOLDING: Waiting for a chunk; the arm holds its last goal.
        EXECUTING: Following a chunk, or on the way to where it has led.
        MOVING: On the way to home or sleep.
        STOPPED: Holding until an operator resumes.
        FAULTED: Nothing can be commanded because the arm's state is unknown. Ends when joint
            states come again, but not after a silence in which the driver may have been restarted.
    """

    INACTIVE = 'inactive'
    HOLDING = 'holding'
    EXECUTING = 'executing'
    MOVING = 'moving'
    STOPPED = 'stopped'
    FAULTED = 'faulted'


@dataclass(frozen=True, eq=False)
class ArmCommand:
    """What to send to the driver.

    Attributes:
        q: Joint positions to go to, shape (6,) [rad].
        gripper_m: Distance between the fingers to go to [m]; None: leave the gripper as it is.
    """

    q: Array
    gripper_m: float | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to an operator's request: whether it is carried out, and a sentence."""

    accepted: bool
    message: str
