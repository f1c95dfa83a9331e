# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of the bridge's report of a step that it has begun."""

from __future__ import annotations

from genvla_msgs.msg import ExecutedStep
import numpy as np

from genvla_command.end_effector_action import action_from_msg
from genvla_node.stamps import seconds_from_stamp
from genvla_policy.inference.commitment import BegunStep


def begun_step_from_msg(message: ExecutedStep) -> BegunStep:
    """Return the step that a message reports."""
    return BegunStep(
        slot=message.slot,
        begin_s=seconds_from_stamp(message.header.stamp),
        period_s=seconds_from_stamp(message.step_period),
        sequence=message.chunk_sequence,
        step=message.chunk_step,
        instruction=message.instruction,
        action=np.array(action_from_msg(message.executed)),
        speed_scale=message.speed_scale,
    )
