# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The seven numbers of an action, as policies predict, data sets store and arms execute them.

An action moves the end effector a little and sets the gripper (BridgeData V2; see
docs/conventions.md). The motion is relative to the previous target pose, along the axes of the
robot's base frame. The rotation is about the end effector's origin: Rz(yaw) Ry(pitch) Rx(roll).

This module is in genvla_command because that is the only pure package below all others. The
robot's package must not depend on torch, and the policy's package must not depend on one robot.

The functions read genvla_msgs/EndEffectorDelta from any source: ROS, or a reader of bags. The
opposite direction, `genvla_node.action_chunk`, needs the message classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

ACTION_NAMES = ('dx', 'dy', 'dz', 'droll', 'dpitch', 'dyaw', 'gripper')
"""Names in order: displacement [m], fixed-axis rotation [rad], absolute gripper opening."""

ACTION_DIM = len(ACTION_NAMES)

GRIPPER = ACTION_NAMES.index('gripper')
"""Index of the gripper opening: 0 closed to 1 open; in a message, NaN leaves it unchanged."""

ACTION_CONVENTION = 'dx dy dz [m], droll dpitch dyaw [rad], gripper (0 closed, 1 open)'
"""The convention in one line, for messages to people."""


def action_from_msg(delta: Any) -> list[float]:
    """Return the seven numbers of a genvla_msgs/EndEffectorDelta."""
    t, r = delta.translation, delta.rotation
    return [t.x, t.y, t.z, r.x, r.y, r.z, delta.gripper]


def actions_from_msgs(deltas: Iterable[Any]) -> NDArray[np.float64]:
    """Return the (H, 7) actions of the messages of a chunk; H may be 0."""
    rows = [action_from_msg(delta) for delta in deltas]
    return np.array(rows, dtype=np.float64).reshape(-1, ACTION_DIM)
