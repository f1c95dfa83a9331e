# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An action chunk as it was recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_bags.bag_messages import Message
from genvla_bags.stamps import duration_s, stamp_ns
from genvla_command.end_effector_action import actions_from_msgs

Array = NDArray[np.float64]

TELEOPERATION = 'teleoperation'
"""The checkpoint that chunks of a gamepad name: they answer no picture."""
TELEOPERATED = 'teleoperated'
"""The instruction of a gamepad to which nobody said what is being done."""


@dataclass(frozen=True, eq=False)
class RecordedChunk:
    """An action chunk that was recorded.

    Attributes:
        stamp_ns: Of the picture that it answers.
        arrival_s: When it arrived at the recorder [s since the epoch].
        instruction: What the policy was told.
        text: What it printed; empty: none.
        actions_HA: Its steps (H, 7).
        confidence_H: Of each step, in [0, 1]; shape (0,): the policy has no measure.
        step_period_s: Time between two steps [s].
        inference_s: How long the policy took [s].
        checkpoint: Name of the checkpoint.
        sequence: Number of the chunk in this activation of the policy.
        num_committed: So many steps, from the first, were given to the policy.
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
        """When the picture that it answers was taken [s since the epoch]."""
        return self.stamp_ns * 1e-9


def chunk_of(message: Message) -> RecordedChunk:
    """Return what a genvla_msgs/ActionChunk says."""
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
        # Of bags from before there were committed steps it is not known, and 0.
        num_committed=getattr(body, 'num_committed', 0),
    )
