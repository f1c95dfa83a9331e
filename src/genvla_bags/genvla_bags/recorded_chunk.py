# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An answer as it was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_bags.stamps import stamp_ns
from genvla_command.end_effector_action import actions_from_msgs

Array = NDArray[np.float64]

TELEOPERATION = 'teleoperation'
"""The checkpoint that chunks of a gamepad name: they answer no picture."""
TELEOPERATED = 'teleoperated'
"""The instruction of a gamepad to which nobody said what is being done."""


@dataclass(frozen=True, eq=False)
class RecordedChunk:
    """An answer of the policy that was recorded.

    Attributes:
        stamp_ns: Of the picture that it answers.
        instruction: What the policy was told.
        text: What it printed; empty: none.
        actions_HA: Its steps (H, 7).
        step_period_s: Time between them [s].
        checkpoint: Name of the checkpoint.
    """

    stamp_ns: int
    instruction: str
    text: str
    actions_HA: Array
    step_period_s: float
    checkpoint: str


def chunk_of(body: Any) -> RecordedChunk:
    """Return what a genvla_msgs/ActionChunk says."""
    period = body.step_period
    return RecordedChunk(
        stamp_ns=stamp_ns(body.header),
        instruction=body.instruction,
        text=body.text,
        actions_HA=actions_from_msgs(body.actions),
        step_period_s=float(period.sec + period.nanosec * 1e-9),
        checkpoint=body.checkpoint,
    )
