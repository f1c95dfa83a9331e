# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The outcome of a step of a chunk: the bridge reports it, and the policy continues from there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.control.scheduler import Slot

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ExecutedStep:
    """One slot, as it was started.

    Attributes:
        slot: The step, and the slot in which it was executed.
        delta: The command after clipping, scaling and refusals, shape (7,): dx dy dz [m], droll
            dpitch dyaw [rad], gripper (NaN: unchanged). A refused step moves nothing.
        refused: Whether a rule refused the step.
        speed_scale: Share of each step that is executed, 0 to 1.
    """

    slot: Slot
    delta: Array
    refused: bool
    speed_scale: float
