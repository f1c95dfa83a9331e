# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn a gamepad into action chunks for the bridge, in place of the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
import sys
import time
from typing import Any

from genvla_msgs.msg import ActionChunk
from genvla_msgs.srv import SetInstruction
from rclpy.node import Node
from sensor_msgs.msg import Joy
from std_msgs.msg import Bool, Header, String

from genvla_bags.recorded_chunk import TELEOPERATED, TELEOPERATION
from genvla_bringup.teleoperation.joy_mapping import JoyMapping
from genvla_node.action_chunk import chunk_to_msg
from genvla_node.clocks import pacing_clock
from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.main import run
from genvla_node.parameters import NodeParameters, parameter
from genvla_node.qos import COMMAND, HEARTBEAT, SENSOR, STATUS_LATCHED

_MAPPING = JoyMapping()
_HEARTBEAT_PERIOD_S = 0.05
_DIAGNOSTICS_PERIOD_S = 1.0
_NO_INSTRUCTION = f'no instruction: no steps are sent; run genvla operate instruct {TELEOPERATED}'


@dataclass(frozen=True)
class TeleoperationParams:
    """What the gamepad's axes and buttons do."""

    axes: tuple[int, ...] = parameter(
        _MAPPING.axes, "Gamepad axis for dx dy dz droll dpitch dyaw, as in Joy's axes. -1: none"
    )
    inverted: tuple[bool, ...] = parameter(_MAPPING.inverted, 'Which of these axes are inverted')
    held_button: int = parameter(
        _MAPPING.held_button, 'Button that must be held for the arm to move', ge=0
    )
    open_button: int = parameter(_MAPPING.open_button, 'Button that opens the gripper', ge=0)
    close_button: int = parameter(_MAPPING.close_button, 'Button that closes it', ge=0)
    max_translation: float = parameter(
        _MAPPING.max_translation, 'Step at full deflection', unit='m', ge=0.0, le=0.05
    )
    max_rotation: float = parameter(
        _MAPPING.max_rotation, 'Rotation of a step at full deflection', unit='rad', ge=0.0, le=0.25
    )
    dead_zone: float = parameter(
        _MAPPING.dead_zone, 'Deflection that counts as zero', ge=0.0, le=0.9
    )
    joy_timeout_s: float = parameter(
        0.3,
        'Time without joy after which the button counts as released',
        unit='s',
        ge=0.05,
        le=2.0,
    )
    step_period_s: float = parameter(
        0.2, "Time between two steps: the bridge's step_period_s", unit='s', ge=0.05, le=1.0
    )
    base_frame: str = parameter('vx300s/base_link', 'Frame of the steps')
    instruction: str = parameter(
        TELEOPERATED, 'Recorded instruction; policy/set_instruction changes it at run time'
    )


class TeleoperationNode(Node):
    """Publishes what a policy would: the same chunks, heartbeat and instruction.

    Subscribes: joy (sensor_msgs/Joy; joy_node's autorepeat_rate keeps the messages coming).
    Publishes: action_chunk (genvla_msgs/ActionChunk, one step every step_period_s while the button
    is held), policy/heartbeat (std_msgs/Header, 20 Hz), policy/instruction (std_msgs/String,
    latched), viperx_bridge/dead_man (std_msgs/Bool), /diagnostics.
    Services: policy/set_instruction (genvla_msgs/SetInstruction).

    Without an instruction, no steps are sent. The supervisor withdraws it when the arm is stopped.

    Do not run a policy node at the same time.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Wait for the gamepad; nothing moves until its button is held.

        Raises:
            ValueError: The parameters are not a valid mapping.
        """
        super().__init__('teleoperation', **kwargs)
        self._params = NodeParameters(self, TeleoperationParams, for_good=True).freeze()
        self._mapping = JoyMapping(
            axes=self._params.axes,
            inverted=self._params.inverted,
            held_button=self._params.held_button,
            open_button=self._params.open_button,
            close_button=self._params.close_button,
            max_translation=self._params.max_translation,
            max_rotation=self._params.max_rotation,
            dead_zone=self._params.dead_zone,
        )
        self._instruction = self._params.instruction
        self._joy: Joy | None = None
        self._joy_s = -math.inf
        self._opening = math.nan
        self._sequence = 0
        self._chunks = self.create_publisher(ActionChunk, 'action_chunk', COMMAND)
        self._heartbeats = self.create_publisher(Header, 'policy/heartbeat', HEARTBEAT)
        self._instructions = self.create_publisher(String, 'policy/instruction', STATUS_LATCHED)
        self._dead_man = self.create_publisher(Bool, 'viperx_bridge/dead_man', HEARTBEAT)
        self._diagnostics = DiagnosticsPublisher(self)
        self.create_subscription(Joy, 'joy', self._on_joy, SENSOR)
        self.create_service(SetInstruction, 'policy/set_instruction', self._set_instruction)
        clock = pacing_clock(self)
        self.create_timer(self._params.step_period_s, self._send_step, clock=clock)
        self.create_timer(_HEARTBEAT_PERIOD_S, self._beat, clock=clock)
        self.create_timer(_DIAGNOSTICS_PERIOD_S, self._report, clock=clock)
        self._instructions.publish(String(data=self._instruction))

    @property
    def _hears(self) -> bool:
        return time.monotonic() - self._joy_s <= self._params.joy_timeout_s

    @property
    def _is_held(self) -> bool:
        joy = self._joy
        return joy is not None and self._hears and self._mapping.is_held(joy.buttons)

    def _on_joy(self, message: Joy) -> None:
        self._joy, self._joy_s = message, time.monotonic()
        if self._mapping.is_held(message.buttons):
            self._opening = self._mapping.opening(message.buttons, self._opening)

    def _send_step(self) -> None:
        joy = self._joy
        if joy is None or not self._is_held or not self._instruction:
            return
        self._chunks.publish(
            chunk_to_msg(
                [(*self._mapping.step(joy.axes), self._opening)],
                stamp=self.get_clock().now().to_msg(),
                frame_id=self._params.base_frame,
                instruction=self._instruction,
                step_period_s=self._params.step_period_s,
                checkpoint=TELEOPERATION,
                sequence=self._sequence,
            )
        )
        self._sequence += 1

    def _beat(self) -> None:
        self._heartbeats.publish(Header(stamp=self.get_clock().now().to_msg()))
        self._dead_man.publish(Bool(data=self._is_held))

    def _set_instruction(
        self, request: SetInstruction.Request, response: SetInstruction.Response
    ) -> SetInstruction.Response:
        response.previous_instruction = self._instruction
        self._instruction = request.instruction.strip()
        self._instructions.publish(String(data=self._instruction))
        response.accepted = True
        response.message = (
            f"recorded as '{self._instruction}'"
            if self._instruction
            else 'withdrawn: no steps are sent'
        )
        return response

    def _report(self) -> None:
        level, message = Level.OK, 'held' if self._is_held else 'released'
        if not self._hears:
            level, message = Level.WARN, 'no gamepad: no messages on joy'
        elif self._is_held and not self._instruction:
            level, message = Level.WARN, _NO_INSTRUCTION
        values = {'steps': self._sequence, 'instruction': self._instruction}
        self._diagnostics.publish(Status(level, message, values))


def main(args: Sequence[str] | None = None) -> int:
    """Run the node until shutdown."""
    return run(lambda: [TeleoperationNode()], args)


if __name__ == '__main__':
    sys.exit(main())
