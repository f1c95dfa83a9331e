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

from genvla_msgs.msg import ActionChunk, EndEffectorDelta
from geometry_msgs.msg import PoseStamped, Vector3
import numpy as np
from numpy.typing import NDArray
import rclpy
from rclpy.context import Context
from rclpy.utilities import remove_ros_args
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Header, String
from std_srvs.srv import Trigger

from genvla_node.qos import COMMAND, HEARTBEAT, SENSOR, STATUS_LATCHED
from genvla_node.spinning import spun
from genvla_node.stamps import duration_from_seconds
from genvla_viperx import arm_check
from genvla_viperx.arm_monitor import JointSample
from genvla_viperx.findings import Finding, report
from genvla_viperx.refusal import Refusal
from genvla_viperx.ros.conversions import JointStateReader, pose_from_msg

Array = NDArray[np.float64]

_INSTRUCTION = 'check_arm'
_STEP_S, _NUM_STEPS = 0.2, 2
_SETTLE_S = 1.0
_BEAT_S = 0.05
_TIMEOUT_S = 30.0
_MOVED_RAD = 0.004
_POLL_S = 0.005


class CheckFailed(RuntimeError):
    """The check cannot go on; says why and what to do."""


class ArmChecker:
    """Sends test moves in the place of a policy, and reads what the arm does.

    Threads: one spins the node and beats the heart, the caller's waits.
    """

    def __init__(self, context: Context, robot_name: str = 'vx300s') -> None:
        """Joins the graph."""
        self.node = rclpy.create_node('check_arm', context=context)
        self._base_frame = f'{robot_name}/base_link'
        self._reader = JointStateReader()
        self._sample: JointSample | None = None
        self._pose: Array | None = None
        self._state = ''
        self._opening = float('nan')
        self._chunks = self.node.create_publisher(ActionChunk, 'action_chunk', COMMAND)
        self._beats = self.node.create_publisher(Header, 'policy/heartbeat', HEARTBEAT)
        self._held = self.node.create_publisher(Bool, 'viperx_bridge/dead_man', HEARTBEAT)
        instruction = self.node.create_publisher(String, 'policy/instruction', STATUS_LATCHED)
        instruction.publish(String(data=_INSTRUCTION))
        for message_type, topic, callback, qos in (
            (JointState, f'{robot_name}/joint_states', self._on_joint_state, SENSOR),
            (PoseStamped, 'ee_pose', self._on_pose, COMMAND),
            (String, 'viperx_bridge/state', self._on_state, STATUS_LATCHED),
        ):
            self.node.create_subscription(message_type, topic, callback, qos)
        self._home = self.node.create_client(Trigger, 'viperx_bridge/home')
        self.node.create_timer(_BEAT_S, self._beat)

    def run(self, say: Callable[[str], None]) -> list[Finding]:
        """Returns the findings of all moves.

        Args:
            say: Gets a line before each move.

        Raises:
            CheckFailed: The bridge is not there, refuses, or stops the arm.
        """
        self._wait(lambda: self._state, 'viperx_bridge says nothing; is it running?')
        self._wait(
            lambda: self._chunks.get_subscription_count() and self._sample is not None,
            'no joint states, or the bridge does not listen',
        )
        if others := self.node.count_publishers('action_chunk') - 1:
            raise CheckFailed(
                f'{others} other node publishes action_chunk: end the policy or the teleoperation'
            )
        say('home')
        self._go_home()
        findings = arm_check.judge_limits(self._measured().q)
        latencies: list[float] = []
        sags: list[float] = []
        for axis, name in enumerate(arm_check.AXES):
            say(f'{name}: a little there and back')
            before = self._tool()
            latencies += self._move(axis, +1.0)
            findings.append(arm_check.judge_move(axis, before, self._tool()))
            self._move(axis, -1.0)
            sags.append(float(before[2, 3] - self._tool()[2, 3]))
        for opening in (1.0, 0.0, 1.0):
            say(f'gripper {"opens" if opening else "closes"}')
            self._opening = opening
            self._step([0.0] * 6)
            self._pause(_SETTLE_S)
            finger_m = self._measured().finger_m
            if finger_m is not None:
                findings.append(arm_check.judge_gripper(opening, finger_m))
        findings.append(arm_check.judge_latency(latencies))
        findings.append(arm_check.judge_sag(max(sags, key=abs)))
        return findings

    def _go_home(self) -> None:
        self._wait(self._home.service_is_ready, 'viperx_bridge/home is not offered')
        future = self._home.call_async(Trigger.Request())
        self._wait(future.done, 'viperx_bridge/home did not answer')
        if not future.result().success:
            raise CheckFailed(f'home was refused: {future.result().message}')
        self._pause(0.3)
        self._wait(lambda: self._state == 'holding', 'the arm did not come home')
        self._pause(_SETTLE_S)

    def _move(self, axis: int, sign: float) -> list[float]:
        """Moves and lets the arm settle; returns the latency, if the arm moved."""
        step = [0.0] * 6
        step[axis] = sign * arm_check.MOVE[axis] / _NUM_STEPS
        start, sent_s = self._measured().q, time.monotonic()
        self._step(step, _NUM_STEPS)
        latency: list[float] = []
        while time.monotonic() < sent_s + _NUM_STEPS * _STEP_S + _SETTLE_S:
            moved = np.abs(self._measured().q - start).max() > _MOVED_RAD
            if moved and not latency:
                latency.append(time.monotonic() - sent_s)
            self._pause(_POLL_S)
        return latency

    def _step(self, step: Sequence[float], count: int = 1) -> None:
        delta = EndEffectorDelta(
            translation=Vector3(x=step[0], y=step[1], z=step[2]),
            rotation=Vector3(x=step[3], y=step[4], z=step[5]),
            gripper=self._opening,
        )
        self._chunks.publish(
            ActionChunk(
                header=Header(
                    stamp=self.node.get_clock().now().to_msg(), frame_id=self._base_frame
                ),
                instruction=_INSTRUCTION,
                step_period=duration_from_seconds(_STEP_S),
                actions=[delta] * count,
                checkpoint='check_arm',
            )
        )

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
            raise CheckFailed(f'the bridge is {self._state}: /diagnostics says why')

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        deadline_s = time.monotonic() + _TIMEOUT_S
        while not condition():
            if time.monotonic() > deadline_s:
                raise CheckFailed(f'{what} (waited {_TIMEOUT_S:g} s)')
            time.sleep(_POLL_S)

    def _beat(self) -> None:
        self._beats.publish(Header())
        self._held.publish(Bool(data=True))

    def _on_joint_state(self, message: JointState) -> None:
        sample = self._reader.read(message)
        if not isinstance(sample, Refusal):
            self._sample = sample

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
    context = Context()
    rclpy.init(context=context)
    checker = ArmChecker(context, options.robot_name)
    try:
        with spun(checker.node):
            findings = checker.run(lambda line: print(line, flush=True))
    except CheckFailed as error:
        print(f'check_arm: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        context.try_shutdown()
    text = report(findings, 'Arm check')
    options.out.write_text(text)
    print(text)
    return int(any(finding.objection for finding in findings))


if __name__ == '__main__':
    sys.exit(main())
