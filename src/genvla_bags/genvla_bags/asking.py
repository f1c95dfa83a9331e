# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of a recording, and what one question looks like."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Frames(StrEnum):
    """Which pictures are asked about.

    Attributes:
        AUTO: ANSWERED where the bag has chunks, else RATE.
        ANSWERED: Those that the policy of the recording answered.
        RATE: One in every control period, wherever there is an instruction.
    """

    AUTO = 'auto'
    ANSWERED = 'answered'
    RATE = 'rate'


class Reference(StrEnum):
    """What answers are compared with.

    Attributes:
        AUTO: CHUNKS where what they answered is asked about, else DELTAS where there are any,
            else REACHED.
        CHUNKS: What the recorded policy commanded.
        DELTAS: What was commanded step by step.
        REACHED: Differences of the measured poses, and what the gripper was told.
    """

    AUTO = 'auto'
    CHUNKS = 'chunks'
    DELTAS = 'deltas'
    REACHED = 'reached'


@dataclass(frozen=True, eq=False)
class Moment:
    """One question and what was done.

    Attributes:
        time_s: When the picture was taken [s].
        images: (H, W, 3) uint8 RGB, one per camera.
        instruction: In force then.
        recorded_text: What the policy of the recording printed; empty: it was not asked.
        reference_HA: What was done (H, 7); NaN where it is not known.
        q: Measured joints, shape (6,) [rad]; None: not known.
    """

    time_s: float
    images: tuple[NDArray[np.uint8], ...]
    instruction: str
    recorded_text: str
    reference_HA: Array
    q: Array | None


@dataclass(frozen=True)
class Asking:
    """How moments are chosen.

    Attributes:
        horizon: Steps of the policy's chunks.
        period_s: Time between two of its steps [s].
        instruction: Instead of what the bag says; empty: what the bag says.
        frames: Which pictures.
        reference: What answers are compared with.
    """

    horizon: int
    period_s: float
    instruction: str = ''
    frames: Frames = Frames.AUTO
    reference: Reference = Reference.AUTO
