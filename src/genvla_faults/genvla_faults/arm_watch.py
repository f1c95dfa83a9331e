# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Watch the arm's commands and motion from outside the bridge."""

from __future__ import annotations

from dataclasses import dataclass
import math
import time

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState

from genvla_bringup.operate.bridge_news import interventions
from genvla_node.node_names import BRIDGE
from genvla_node.qos import COMMAND, SENSOR
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import angle_from_finger
from genvla_viperx.safety.config import SafetyConfig
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand

Array = NDArray[np.float64]

_STILL_RAD_S = 0.1
"""Joints slower than this count as still; the remaining motion is the servos settling."""

_FLOAT32_RAD = 1e-6
_WINDOW_S = 0.05
_SEEN_S = 1.0


@dataclass(frozen=True)
class Motion:
    """The motion after a given moment.

    Attributes:
        last_command_s: Time from the moment to the last command [s]; 0: no command followed.
        at_rest_s: Time from the moment until the measured joints stood still [s]; NaN: not
            measured.
        num_commands: Number of commands after the moment.
    """

    last_command_s: float
    at_rest_s: float
    num_commands: int


class ArmWatch:
    """Listens to the driver's topics.

    Threads: callbacks append in the thread that spins the node; everything else only reads.
    """

    def __init__(self, node: Node, robot_name: str = 'vx300s') -> None:
        """Subscribe through a node that another thread spins."""
        self.commands: list[tuple[float, Array]] = []
        self.measured: list[tuple[float, Array]] = []
        self.violations: list[str] = []
        self.bridge_says = ''
        self.interventions: dict[str, int] = {}
        self._limits = SafetyConfig()
        for message_type, topic, callback, qos in (
            (JointGroupCommand, f'{robot_name}/commands/joint_group', self._on_group, COMMAND),
            (JointSingleCommand, f'{robot_name}/commands/joint_single', self._on_single, COMMAND),
            (JointState, f'{robot_name}/joint_states', self._on_joint_state, SENSOR),
            (DiagnosticArray, '/diagnostics', self._on_diagnostics, COMMAND),
        ):
            node.create_subscription(message_type, topic, callback, qos)

    @property
    def is_moving(self) -> bool:
        """Whether a joint has just moved."""
        return self._speed(self.measured[-100:], _WINDOW_S) > 3 * _STILL_RAD_S

    def forget(self) -> None:
        """Drop all but the last second of measurements and commands."""
        self.commands = self.commands[-50:]
        self.measured = self.measured[-100:]

    def since(self, moment_s: float) -> Motion:
        """Return the motion after a moment of time.monotonic() [s]."""
        commands = [at_s for at_s, _ in self.commands if at_s > moment_s]
        measured = [(at_s, q) for at_s, q in self.measured if at_s > moment_s - _WINDOW_S]
        after = np.array([q for at_s, q in measured if at_s > moment_s + _SEEN_S])
        seen = len(after) > 0 and np.ptp([q for _, q in measured], axis=0).max() > 0.0
        at_rest_s = 0.0 if seen else math.nan
        for index in range(len(measured) if seen else 0):
            window = [m for m in measured[: index + 1] if m[0] >= measured[index][0] - _WINDOW_S]
            if self._speed(window, 0.0) > _STILL_RAD_S:
                at_rest_s = max(measured[index][0] - moment_s, 0.0)
        return Motion(
            last_command_s=commands[-1] - moment_s if commands else 0.0,
            at_rest_s=at_rest_s,
            num_commands=len(commands),
        )

    @staticmethod
    def _speed(samples: list[tuple[float, Array]], window_s: float) -> float:
        """Return the speed of the fastest joint over the last samples [rad/s]."""
        recent = [s for s in samples if not window_s or s[0] >= time.monotonic() - 4 * window_s]
        if len(recent) < 2 or recent[-1][0] - recent[0][0] < 0.01:
            return 0.0
        elapsed_s = recent[-1][0] - recent[0][0]
        return float(np.abs(recent[-1][1] - recent[0][1]).max()) / elapsed_s

    def _on_group(self, message: JointGroupCommand) -> None:
        q = np.array(message.cmd, dtype=np.float64)
        self.commands.append((time.monotonic(), q))
        if q.shape != (vx300s.NUM_JOINTS,) or not np.isfinite(q).all():
            self.violations.append(f'command {q.tolist()} is not six finite numbers')
            return
        low, high = vx300s.JOINT_LOWER - _FLOAT32_RAD, vx300s.JOINT_UPPER + _FLOAT32_RAD
        if not ((q >= low) & (q <= high)).all():
            self.violations.append(f'command {q.tolist()} is outside the joint limits')
        if self.measured:
            lead = float(np.abs(q - self.measured[-1][1]).max())
            if lead > 1.1 * self._limits.max_lead() + 0.1:
                self.violations.append(f'command is {lead:.2f} rad away from the measured arm')

    def _on_single(self, message: JointSingleCommand) -> None:
        closed, opened = map(angle_from_finger, (vx300s.FINGER_CLOSED, vx300s.FINGER_OPEN))
        if not closed <= message.cmd + 1e-6 <= opened + 2e-6:
            self.violations.append(f'gripper command {message.cmd} rad is outside its limits')

    def _on_joint_state(self, message: JointState) -> None:
        by_name = dict(zip(message.name, message.position, strict=True))
        q = np.array([by_name[name] for name in vx300s.JOINT_NAMES])
        if np.isfinite(q).all() and not (q == -math.pi).all():
            self.measured.append((time.monotonic(), q))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == BRIDGE:
                self.bridge_says = status.message
                self.interventions = interventions({v.key: v.value for v in status.values})
