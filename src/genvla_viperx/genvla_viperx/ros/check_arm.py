# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Walks an arm through small moves, by way of the active bridge, and writes what it finds.

ros2 run genvla_viperx check_arm
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
import sys
import time
from typing import Any

from genvla_msgs.msg import ActionChunk
from geometry_msgs.msg import PoseStamped
import numpy as np
from numpy.typing import NDArray
from rcl_interfaces.srv import GetParameters
import rclpy
from rclpy.context import Context
from rclpy.utilities import remove_ros_args
from sensor_msgs.msg import JointState
from std_msgs.msg import Header, String
from std_srvs.srv import Trigger

from genvla_command.findings import Finding, report
from genvla_node.action_chunk import chunk_to_msg
from genvla_node.qos import COMMAND, HEARTBEAT, SENSOR, STATUS_LATCHED
from genvla_node.spinning import spun
from genvla_viperx.check import verdicts
from genvla_viperx.ros.conversions import ARM_GROUP, JointStateReader, pose_from_msg
from genvla_viperx.safety.refusal import Refusal
from genvla_viperx.watch.joint_states import JointSample
from interbotix_xs_msgs.msg import JointGroupCommand
from interbotix_xs_msgs.srv import RegisterValues

Array = NDArray[np.float64]

_INSTRUCTION = 'check_arm'
_STEP_S, _NUM_STEPS = 0.2, 2
_SETTLE_S = 1.0
_BEAT_S = 0.05
_TIMEOUT_S = 30.0
# At a tenth of the speed; the bridge itself watches whether the arm arrives.
_HOME_TIMEOUT_S = 120.0
_LEAST_SCALE = 0.1
_DISCOVERY_S = 2.0
_MOVED_RAD = 0.004
_POLL_S = 0.005


class CheckFailed(RuntimeError):
    """The check cannot go on; says why and what to do."""


class ArmChecker:
    """Sends test moves in the place of a policy, and reads what the arm does.

    It does not hold the dead-man switch: where there is one, a person does.

    Attributes:
        node: To be spun by another thread.
        findings: What has been found so far.

    Threads: one spins the node and beats the heart, the caller's waits.
    """

    def __init__(self, context: Context, robot_name: str = 'vx300s') -> None:
        """Joins the graph."""
        self.node = rclpy.create_node('check_arm', context=context)
        self.findings: list[Finding] = []
        self._base_frame = f'{robot_name}/base_link'
        self._reader = JointStateReader()
        self._sample: JointSample | None = None
        self._pose: Array | None = None
        self._told: Array | None = None
        self._state = ''
        self._opening = float('nan')
        self._chunks = self.node.create_publisher(ActionChunk, 'action_chunk', COMMAND)
        self._beats = self.node.create_publisher(Header, 'policy/heartbeat', HEARTBEAT)
        instruction = self.node.create_publisher(String, 'policy/instruction', STATUS_LATCHED)
        instruction.publish(String(data=_INSTRUCTION))
        for message_type, topic, callback, qos in (
            (JointState, f'{robot_name}/joint_states', self._on_joint_state, SENSOR),
            (JointGroupCommand, f'{robot_name}/commands/joint_group', self._on_command, COMMAND),
            (PoseStamped, 'ee_pose', self._on_pose, COMMAND),
            (String, 'viperx_bridge/state', self._on_state, STATUS_LATCHED),
        ):
            self.node.create_subscription(message_type, topic, callback, qos)
        self._home = self.node.create_client(Trigger, 'viperx_bridge/home')
        self._parameters = self.node.create_client(GetParameters, 'viperx_bridge/get_parameters')
        self._registers = self.node.create_client(
            RegisterValues, f'{robot_name}/get_motor_registers'
        )
        self.node.create_timer(_BEAT_S, self._beat)

    def run(self, say: Callable[[str], None]) -> None:
        """Adds what all moves say to `findings`.

        Args:
            say: Gets a line before each move.

        Raises:
            CheckFailed: The bridge is not there, refuses, or stops the arm.
        """
        speed_scale = self._await_arm()
        add = self.findings.append
        add(verdicts.judge_start(self._measured().q))
        self.findings += verdicts.judge_servo_limits(
            self._register('Min_Position_Limit'), self._register('Max_Position_Limit')
        )
        say('home')
        self._go_home()
        add(verdicts.judge_sag(self._last_command(), self._measured().q))
        latencies: list[float] = []
        for axis, name in enumerate(verdicts.AXES):
            say(f'{name}: a little there and back')
            before = self._tool()
            latencies += self._move(axis, +1.0, speed_scale)
            add(verdicts.judge_move(axis, before, self._tool()))
            self._move(axis, -1.0, speed_scale)
        for opening in (1.0, 0.0, 1.0):
            say(f'gripper {"opens" if opening else "closes"}')
            self._opening = opening
            self._step([0.0] * 6)
            self._pause(_SETTLE_S)
            finger_m = self._measured().finger_m
            if finger_m is not None:
                add(verdicts.judge_gripper(opening, finger_m))
        add(verdicts.judge_latency(latencies, speed_scale))

    def _await_arm(self) -> float:
        """Returns the bridge's speed_scale once the arm may be moved."""
        self._wait(lambda: self._state, 'viperx_bridge says nothing; is it running?')
        self._pause(0.0)
        self._wait(
            lambda: self._chunks.get_subscription_count() and self._sample is not None,
            'no joint states, or the bridge does not listen',
        )
        self._refuse_company()
        request = GetParameters.Request(names=['speed_scale'])
        (value,) = self._call(self._parameters, request).values
        if value.double_value < _LEAST_SCALE:
            raise CheckFailed(
                f'speed_scale is {value.double_value:g}: nothing would move; expected at least '
                f'{_LEAST_SCALE:g} (ros2 param set /viperx_bridge speed_scale 0.2)'
            )
        return float(value.double_value)

    def _refuse_company(self) -> None:
        """Others are discovered a while after the bridge is."""
        ends_s = time.monotonic() + _DISCOVERY_S
        while time.monotonic() < ends_s:
            if others := self.node.count_publishers('action_chunk') - 1:
                raise CheckFailed(
                    f'{others} other node publishes action_chunk: end the policy or the '
                    'teleoperation'
                )
            time.sleep(_POLL_S)

    def _register(self, name: str) -> list[int]:
        request = RegisterValues.Request(cmd_type='group', name=ARM_GROUP, reg=name)
        return list(self._call(self._registers, request).values)

    def _call(self, client: Any, request: Any) -> Any:
        self._wait(client.service_is_ready, f'{client.srv_name} is not offered')
        future = client.call_async(request)
        self._wait(future.done, f'{client.srv_name} did not answer')
        return future.result()

    def _go_home(self) -> None:
        answer = self._call(self._home, Trigger.Request())
        if not answer.success:
            raise CheckFailed(f'home was refused: {answer.message}')
        self._pause(0.3)
        self._wait(self._is_holding, 'the arm did not come home', _HOME_TIMEOUT_S)
        self._pause(_SETTLE_S)

    def _is_holding(self) -> bool:
        self._pause(0.0)
        return self._state == 'holding'

    def _move(self, axis: int, sign: float, speed_scale: float) -> list[float]:
        """Moves and lets the arm settle; returns the latency, if the arm moved."""
        count = round(_NUM_STEPS / speed_scale)
        step = [0.0] * 6
        step[axis] = sign * verdicts.MOVE[axis] / (count * speed_scale)
        start, sent_s = self._measured().q, time.monotonic()
        self._step(step, count)
        latency: list[float] = []
        while time.monotonic() < sent_s + count * _STEP_S + _SETTLE_S:
            moved = np.abs(self._measured().q - start).max() > _MOVED_RAD
            if moved and not latency:
                latency.append(time.monotonic() - sent_s)
            self._pause(_POLL_S)
        return latency

    def _step(self, step: Sequence[float], count: int = 1) -> None:
        self._chunks.publish(
            chunk_to_msg(
                [(*step, self._opening)] * count,
                stamp=self.node.get_clock().now().to_msg(),
                frame_id=self._base_frame,
                instruction=_INSTRUCTION,
                step_period_s=_STEP_S,
                checkpoint='check_arm',
            )
        )

    def _last_command(self) -> Array:
        self._wait(lambda: self._told is not None, "the bridge's commands are not to be heard")
        assert self._told is not None
        return self._told

    def _measured(self) -> JointSample:
        assert self._sample is not None
        return self._sample

    def _tool(self) -> Array:
        self._wait(lambda: self._pose is not None, 'no ee_pose; is the bridge active?')
        assert self._pose is not None
        return self._pose

    def _pause(self, duration_s: float) -> None:
        time.sleep(duration_s)
        if self._state in ('stopped', 'faulted', 'inactive'):
            raise CheckFailed(
                f'the bridge is {self._state}: /diagnostics says why; viperx_bridge/resume ends a '
                'stop'
            )

    def _wait(
        self, condition: Callable[[], object], what: str, timeout_s: float = _TIMEOUT_S
    ) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                raise CheckFailed(f'{what} (waited {timeout_s:g} s)')
            time.sleep(_POLL_S)

    def _beat(self) -> None:
        self._beats.publish(Header())

    def _on_joint_state(self, message: JointState) -> None:
        sample = self._reader.read(message)
        if not isinstance(sample, Refusal):
            self._sample = sample

    def _on_command(self, message: JointGroupCommand) -> None:
        self._told = np.array(message.cmd, dtype=np.float64)

    def _on_pose(self, message: PoseStamped) -> None:
        self._pose = pose_from_msg(message.pose)

    def _on_state(self, message: String) -> None:
        self._state = message.data


def main(args: Sequence[str] | None = None) -> int:
    """Check the arm; returns 1 if something needs a look."""
    parser = argparse.ArgumentParser(prog='check_arm', description=__doc__.splitlines()[0])
    parser.add_argument('--yes', action='store_true', help='do not ask before the arm moves')
    parser.add_argument(
        '--out', type=Path, default=Path('arm_check.md'), help='report to write (arm_check.md)'
    )
    parser.add_argument('--robot-name', default='vx300s', help="the driver's namespace (vx300s)")
    options = parser.parse_args(remove_ros_args(sys.argv if args is None else args)[1:])
    if not options.yes:
        print(
            'The arm goes home and then moves by 2 cm and 0.1 rad each way. Is the table clear, '
            'nobody in reach, and a hand at the power switch? Enter goes on, Ctrl-C ends.'
        )
        try:
            input()
        except (EOFError, KeyboardInterrupt):
            return 130
    try:
        with options.out.open('a'):
            pass
    except OSError as error:
        parser.error(f'cannot write the report: {error}')
    context = Context()
    rclpy.init(context=context)
    checker = ArmChecker(context, options.robot_name)
    try:
        with spun(checker.node):
            checker.run(lambda line: print(line, flush=True))
    except CheckFailed as error:
        checker.findings.append(Finding('the check', 'broke off', str(error)))
    except KeyboardInterrupt:
        checker.findings.append(Finding('the check', 'broke off', 'Ctrl-C; do it again'))
    finally:
        context.try_shutdown()
    text = report(checker.findings, 'Arm check')
    options.out.write_text(text)
    print(text)
    return int(any(finding.objection for finding in checker.findings))


if __name__ == '__main__':
    sys.exit(main())
