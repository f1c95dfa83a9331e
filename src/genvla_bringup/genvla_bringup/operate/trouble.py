# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Detect problems of the arm or a camera while bridge and policy are active."""

from __future__ import annotations

import contextlib

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from std_msgs.msg import String

from genvla_bringup.operate.bridge_news import is_halted
from genvla_node.heartbeat import HeartbeatWatch
from genvla_node.node_names import BRIDGE, POLICY, in_diagnostics
from genvla_node.qos import COMMAND, EVERY_STATUS
from genvla_viperx.arm.states import ASLEEP, ArmState

FROZEN_S = 0.3
"""Six heartbeats of the bridge."""

STALE_S = 1.0
"""A camera counts as gone if its newest image is older. The policy stops using such images long
before."""


class Trouble:
    """Watches the arm and the cameras through the statuses of bridge and policy.

    Attributes:
        has_heard_a_policy: Whether a policy was ever heard, on this or another computer.
    """

    def __init__(self, node: Node) -> None:
        """Subscribe through a node."""
        self._bridge, self._policy = (
            in_diagnostics(name, node.get_namespace()) for name in (BRIDGE, POLICY)
        )
        self._heartbeat = HeartbeatWatch(node, BRIDGE)
        self._state = self._halted_state = self._reason = ''
        self._was_faulted = False
        self.has_heard_a_policy = False
        self._image_age_s = 0.0
        node.create_subscription(String, f'{BRIDGE}/state', self._on_state, EVERY_STATUS)
        node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, COMMAND)

    def of_bridge_process(self) -> str:
        """Return a message if the bridge sends no heartbeat; otherwise an empty string."""
        silence_s = self._heartbeat.silence_s
        if silence_s <= FROZEN_S:
            return ''
        return (
            f'{BRIDGE} has sent no heartbeat for {silence_s:.1f} s: it is frozen or gone, and '
            'nothing commands the arm'
        )

    def of_arm_or_cameras(self) -> str:
        """Return why the arm must not continue by itself later; otherwise an empty string.

        A fault that is over before this call is reported once.
        """
        was_faulted, self._was_faulted = self._was_faulted, False
        is_current = self._halted_state == self._state
        if is_halted(self._state) and is_current and ASLEEP not in self._reason:
            return f'{BRIDGE} is {self._state}: {self._reason}'
        if was_faulted:
            return f'{BRIDGE} was faulted for a moment'
        if self._image_age_s > STALE_S:
            return f'the newest image of {POLICY} is over {STALE_S:g} s old; check the camera'
        return ''

    def forget(self) -> None:
        """Reset the state of nodes that have to be brought up again."""
        self._heartbeat.forget()
        self._image_age_s, self._was_faulted = 0.0, False

    def _on_state(self, message: String) -> None:
        self._state = message.data
        self._was_faulted |= message.data == ArmState.FAULTED

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            figures = {pair.key: pair.value for pair in status.values}
            if status.name == self._bridge:
                self._halted_state = figures.get('state', '')
                self._reason = figures.get('reason', '')
            elif status.name == self._policy:
                self.has_heard_a_policy = True
                with contextlib.suppress(KeyError, ValueError):  # no image yet
                    self._image_age_s = float(figures['image_age_ms']) / 1e3
