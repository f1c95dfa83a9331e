# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The choice of moments in a recording at which a policy is queried, and one such moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM

Array = NDArray[np.float64]


class Frames(StrEnum):
    """Which images of a recording the policy gets.

    Attributes:
        AUTO: ANSWERED if the bag has chunks, else RATE.
        ANSWERED: The images that the recorded policy answered.
        RATE: One image per control period, wherever an instruction is in force.
    """

    AUTO = 'auto'
    ANSWERED = 'answered'
    RATE = 'rate'


class Reference(StrEnum):
    """What the policy's answers are compared with.

    Attributes:
        AUTO: CHUNKS if the images are the answered ones. Otherwise DELTAS if the bag has any,
            else REACHED.
        CHUNKS: The chunks of the recorded policy.
        DELTAS: The single commands, one per control step.
        REACHED: Differences between measured poses, with the commanded gripper opening.
    """

    AUTO = 'auto'
    CHUNKS = 'chunks'
    DELTAS = 'deltas'
    REACHED = 'reached'


@dataclass(frozen=True, eq=False)
class Moment:
    """One query to the policy, and the reference to compare its answer with.

    Attributes:
        time_s: When the image was taken [s].
        images: (H, W, 3) uint8 RGB, one per camera.
        instruction: Instruction in force at that time.
        recorded_text: Text that the recorded policy printed for this image; empty if there is
            none.
        reference_HA: Reference actions (H, 7); NaN where they are unknown.
        q: Measured joints, shape (6,) [rad]; None if unknown.
        committed_KA: Actions (K, 7), K < H, that the recorded answer to this image began with.
    """

    time_s: float
    images: tuple[NDArray[np.uint8], ...]
    instruction: str
    recorded_text: str
    reference_HA: Array
    q: Array | None
    committed_KA: Array = field(default_factory=lambda: np.empty((0, ACTION_DIM)))


@dataclass(frozen=True)
class Asking:
    """How moments are chosen.

    Attributes:
        horizon: Number of steps in the policy's chunks.
        period_s: Time between two of its steps [s].
        instruction: Overrides the recorded instruction; empty to use the recorded one.
        frames: Which images the policy gets.
        reference: What its answers are compared with.
    """

    horizon: int
    period_s: float
    instruction: str = ''
    frames: Frames = Frames.AUTO
    reference: Reference = Reference.AUTO
