# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An action chunk as recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_bags.bag_messages import Message
from genvla_bags.stamps import duration_s, stamp_ns
from genvla_command.end_effector_action import actions_from_msgs

Array = NDArray[np.float64]

TELEOPERATION = 'teleoperation'
"""Checkpoint name in chunks from a gamepad; these chunks answer no image."""
TELEOPERATED = 'teleoperated'
"""Instruction in a gamepad's chunks if nobody has set one."""


@dataclass(frozen=True, eq=False)
class RecordedChunk:
    """A recorded action chunk.

    Attributes:
        stamp_ns: Stamp of the image that the chunk answers.
        arrival_s: When the recorder received the chunk [s since the epoch].
        instruction: Instruction that the policy received.
        text: Text that the policy printed; empty if none.
        actions_HA: Actions of its steps (H, 7).
        confidence_H: Confidence in each step, in [0, 1]; shape (0,) if the policy has no measure.
        step_period_s: Time between two steps [s].
        inference_s: Duration of the inference [s].
        checkpoint: Name of the checkpoint.
        sequence: Number of the chunk since the policy was activated.
        num_committed: Number of leading steps that were given to the policy.
    """

    stamp_ns: int
    arrival_s: float
    instruction: str
    text: str
    actions_HA: Array
    confidence_H: Array
    step_period_s: float
    inference_s: float
    checkpoint: str
    sequence: int = 0
    num_committed: int = 0

    @property
    def stamp_s(self) -> float:
        """When the image that the chunk answers was taken [s since the epoch]."""
        return self.stamp_ns * 1e-9


def chunk_of(message: Message) -> RecordedChunk:
    """Return the contents of a genvla_msgs/ActionChunk."""
    body = message.body
    return RecordedChunk(
        stamp_ns=stamp_ns(body.header),
        arrival_s=message.received_s,
        instruction=body.instruction,
        text=body.text,
        actions_HA=actions_from_msgs(body.actions),
        confidence_H=np.array(body.confidence, dtype=np.float64),
        step_period_s=duration_s(body.step_period),
        inference_s=duration_s(body.inference_time),
        checkpoint=body.checkpoint,
        sequence=body.sequence,
        # Older bags lack this field; 0 then means that the number is unknown.
        num_committed=getattr(body, 'num_committed', 0),
    )
