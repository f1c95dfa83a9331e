# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Move an arm a little through the active bridge, and report what is wrong with it.

ros2 run genvla_viperx check_arm
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
import os
from pathlib import Path
import sys
import time

from diagnostic_msgs.msg import DiagnosticArray
from genvla_msgs.msg import ActionChunk, ExecutedStep
from geometry_msgs.msg import PoseStamped
import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.utilities import remove_ros_args
from sensor_msgs.msg import JointState
from std_msgs.msg import Header, String

from genvla_command.findings import Finding, report
from genvla_node.action_chunk import chunk_to_msg
from genvla_node.client import Nodes
from genvla_node.node_names import BRIDGE, in_diagnostics
from genvla_node.qos import COMMAND, HEARTBEAT, SENSOR, SLOTS, STATUS_LATCHED
from genvla_node.service_calls import NotReached, Patience
from genvla_node.spinning import spun_node
from genvla_viperx.check import verdicts
from genvla_viperx.ros.conversions import ARM_GROUP, JointStateReader, pose_from_msg
from genvla_viperx.safety.refusal import Refusal
from genvla_viperx.watch.joint_states import JointSample
from interbotix_xs_msgs.msg import JointGroupCommand
from interbotix_xs_msgs.srv import RegisterValues

Array = NDArray[np.float64]

_INSTRUCTION = 'check_arm'
_NUM_STEPS = 2
# If the bridge accepts any step period.
_STEP_S = 0.2
_SETTLE_S = 1.0
_BEAT_S = 0.05
_TIMEOUT_S = 30.0
# Allows a tenth of the speed; the bridge itself checks whether the arm arrives.
_HOME_TIMEOUT_S = 120.0
_LEAST_SCALE = 0.1
_DISCOVERY_S = 2.0
_COUNTED = 'interventions.'
_MOVED_RAD = 0.004
_POLL_S = 0.005
# After the bridge has answered, its state message arrives within this time.
_ANNOUNCED_S = 0.3


class ArmChecker:
    """Sends test moves in place of a policy, and measures the arm's motion.

    It does not hold the dead-man switch: if there is one, a person must hold it.

    Threads: one thread spins the node and sends the heartbeat; the caller's thread waits.
    """

    def __init__(self, node: Node, findings: list[Finding], robot_name: str = 'vx300s') -> None:
        """Join the graph.

        Args:
            node: Spun by another thread.
            findings: The list to which findings are added.
            robot_name: Namespace of the driver.
        """
        self._node = node
        self._findings = findings
        self._patience = Patience(self._require_active)
        self._nodes = Nodes(node, self._patience, answer_timeout_s=_TIMEOUT_S)
        self._nodes.bridge_states()  # subscribe now, to miss no state
        self._robot_name = robot_name
        self._base_frame, self._step_s, self._settle_s = '', _STEP_S, _SETTLE_S
        self._reader = JointStateReader()
        self._sample: JointSample | None = None
        self._pose: Array | None = None
        self._told: Array | None = None
        self._opening = float('nan')
        self._num_executed = self._num_reports = 0
        self._counts: dict[str, int] = {}
        self._chunks = self._node.create_publisher(ActionChunk, 'action_chunk', COMMAND)
        self._beats = self._node.create_publisher(Header, 'policy/heartbeat', HEARTBEAT)
        instruction = self._node.create_publisher(String, 'policy/instruction', STATUS_LATCHED)
        instruction.publish(String(data=_INSTRUCTION))
        for message_type, topic, callback, qos in (
            (JointState, f'{robot_name}/joint_states', self._on_joint_state, SENSOR),
            (JointGroupCommand, f'{robot_name}/commands/joint_group', self._on_command, COMMAND),
            (PoseStamped, 'ee_pose', self._on_pose, COMMAND),
            (ExecutedStep, f'{BRIDGE}/executed_step', self._on_executed_step, SLOTS),
            (DiagnosticArray, '/diagnostics', self._on_diagnostics, COMMAND),
        ):
            self._node.create_subscription(message_type, topic, callback, qos)
        self._node.create_timer(_BEAT_S, self._beat)

    def run(self, say: Callable[[str], None]) -> None:
        """Make all test moves, and add their findings.

        Args:
            say: Called with a line before each move.

        Raises:
            NotReached: The bridge is not there, refuses, or stops the arm.
        """
        speed_scale = self._await_arm()
        add = self._findings.append
        add(verdicts.judge_start(self._measured().q))
        self._findings += verdicts.judge_servo_limits(
            self._register('Min_Position_Limit'), self._register('Max_Position_Limit')
        )
        say('moving home')
        self._go_home()
        add(verdicts.judge_sag(self._last_command(), self._measured().q))
        latencies: list[float] = []
        for axis, name in enumerate(verdicts.AXES):
            say(f'{name}: a small move and back')
            before = self._tool()
            latencies += self._move(axis, +1.0, speed_scale)
            add(verdicts.judge_move(axis, before, self._tool()))
            self._move(axis, -1.0, speed_scale)
        for opening in (1.0, 0.0, 1.0):
            say(f'gripper {"opens" if opening else "closes"}')
            self._opening = opening
            with self._must_execute():
                self._step([0.0] * 6)
                self._patience.for_duration(self._settle_s)
            finger_m = self._measured().finger_m
            if finger_m is not None:
                add(verdicts.judge_gripper(opening, finger_m))
        add(verdicts.judge_latency(latencies, speed_scale))

    def _await_arm(self) -> float:
        """Return the bridge's speed_scale once the arm may be moved."""
        self._patience.until(
            lambda: self._nodes.bridge_state,
            _TIMEOUT_S,
            f'is {BRIDGE} running? It published no state',
        )
        self._require_active()
        self._patience.until(
            lambda: self._chunks.get_subscription_count() and self._sample is not None,
            _TIMEOUT_S,
            'no joint states, or no bridge that subscribes to action_chunk,',
        )
        self._refuse_company()
        robot_frame = f'{self._robot_name}/base_link'
        self._base_frame = self._nodes.parameter(BRIDGE, 'base_frame') or robot_frame
        move_time_s = float(self._nodes.parameter(BRIDGE, 'move_time_s'))
        period_s = float(self._nodes.parameter(BRIDGE, 'step_period_s'))
        self._step_s = period_s or max(_STEP_S, move_time_s / 2)
        self._settle_s = max(_SETTLE_S, 2 * move_time_s)
        speed_scale = float(self._nodes.parameter(BRIDGE, 'speed_scale'))
        if speed_scale < _LEAST_SCALE:
            raise NotReached(
                f'speed_scale is {speed_scale:g}, too low to see the moves; expected at least '
                f'{_LEAST_SCALE:g} (ros2 param set /viperx_bridge speed_scale 0.2)'
            )
        return speed_scale

    def _refuse_company(self) -> None:
        """Refuse to run beside another chunk publisher; its discovery may take a moment."""
        ends_s = time.monotonic() + _DISCOVERY_S
        while time.monotonic() < ends_s:
            if others := self._node.count_publishers('action_chunk') - 1:
                raise NotReached(
                    f'action_chunk has other publishers ({others}): end the policy or the '
                    'teleoperation'
                )
            time.sleep(_POLL_S)

    def _register(self, name: str) -> list[int]:
        service = f'{self._robot_name}/get_motor_registers'
        answer = self._nodes.call(
            service, RegisterValues, cmd_type='group', name=ARM_GROUP, reg=name
        )
        return list(answer.values)

    def _go_home(self) -> None:
        self._nodes.home()
        self._patience.for_duration(_ANNOUNCED_S)
        self._patience.until(
            lambda: self._nodes.bridge_state == 'holding',
            _HOME_TIMEOUT_S,
            'the arm did not reach its home pose',
        )
        self._patience.for_duration(self._settle_s)

    def _move(self, axis: int, sign: float, speed_scale: float) -> list[float]:
        """Move, and let the arm settle; return the latency, if the arm moved."""
        count = round(_NUM_STEPS / speed_scale)
        step = [0.0] * 6
        step[axis] = sign * verdicts.MOVE[axis] / (count * speed_scale)
        start, sent_s = self._measured().q, time.monotonic()
        latency: list[float] = []
        with self._must_execute():
            self._step(step, count)
            while time.monotonic() < sent_s + count * self._step_s + self._settle_s:
                moved = np.abs(self._measured().q - start).max() > _MOVED_RAD
                if moved and not latency:
                    latency.append(time.monotonic() - sent_s)
                time.sleep(_POLL_S)
                self._require_active()
        return latency

    @contextmanager
    def _must_execute(self) -> Iterator[None]:
        """Require that the bridge executes a step meanwhile.

        Raises:
            NotReached: It executed none; the message names the rules that it counted.
        """
        num_executed, counts = self._num_executed, self._counts
        yield
        if self._num_executed > num_executed:
            return
        num_reports = self._num_reports
        self._patience.until(
            lambda: self._num_reports > num_reports,
            _TIMEOUT_S,
            'the bridge executed no step, and published no diagnostics',
        )
        rules = [rule for rule, count in self._counts.items() if count > counts.get(rule, 0)]
        raise NotReached(
            f'the bridge refused the step ({", ".join(rules) or "no rule counted it"}): see its '
            'log, and the rules in docs/ros_interface.md'
        )

    def _step(self, step: Sequence[float], count: int = 1) -> None:
        self._chunks.publish(
            chunk_to_msg(
                [(*step, self._opening)] * count,
                stamp=self._node.get_clock().now().to_msg(),
                frame_id=self._base_frame,
                instruction=_INSTRUCTION,
                step_period_s=self._step_s,
                checkpoint='check_arm',
            )
        )

    def _last_command(self) -> Array:
        self._patience.until(
            lambda: self._told is not None, _TIMEOUT_S, 'the bridge sent no command'
        )
        assert self._told is not None
        return self._told

    def _measured(self) -> JointSample:
        assert self._sample is not None
        return self._sample

    def _tool(self) -> Array:
        self._patience.until(
            lambda: self._pose is not None, _TIMEOUT_S, 'is the bridge active? No ee_pose arrived'
        )
        assert self._pose is not None
        return self._pose

    def _require_active(self) -> None:
        state = self._nodes.bridge_state
        if state in ('stopped', 'faulted', 'inactive'):
            raise NotReached(
                f'the bridge is {state}: see /diagnostics for the reason; after a stop, call '
                'viperx_bridge/resume'
            )

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

    def _on_executed_step(self, message: ExecutedStep) -> None:
        self._num_executed += message.instruction == _INSTRUCTION and not message.refused

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == in_diagnostics(BRIDGE, self._node.get_namespace()):
                self._counts = {
                    pair.key.removeprefix(_COUNTED): int(pair.value)
                    for pair in status.values
                    if pair.key.startswith(_COUNTED)
                }
                self._num_reports += 1


def _options(args: Sequence[str]) -> argparse.Namespace:
    """Parse with the standard library: this package is released without packages from PyPI."""
    parser = argparse.ArgumentParser(
        prog='check_arm',
        description=(__doc__ or '').partition('\n\n')[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument('--yes', action='store_true', help='do not ask before the arm moves')
    parser.add_argument(
        '--out', type=_report_file, default=Path('arm_check.md'), help='report to write'
    )
    parser.add_argument('--robot-name', default='vx300s', help="the driver's namespace")
    return parser.parse_args(args)


def _report_file(name: str) -> Path:
    path = Path(name)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f'{path} is a folder; name a file in it')
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f'{path} is not writable; choose another place')
    return path


def main(args: Sequence[str] | None = None) -> int:
    """Check the arm; return 1 if a finding needs attention."""
    options = _options(remove_ros_args(sys.argv if args is None else args)[1:])
    if not options.yes:
        print(
            'The arm will move home, and then by 2 cm and 0.1 rad in each direction. Clear the '
            'table, keep everybody out of reach, and keep a hand at the power switch. Press Enter '
            'to continue, or Ctrl-C to cancel.'
        )
        try:
            input()
        except (EOFError, KeyboardInterrupt):
            return 130
    findings: list[Finding] = []
    try:
        with spun_node('check_arm') as node:
            checker = ArmChecker(node, findings, options.robot_name)
            checker.run(lambda line: print(line, flush=True))
    except NotReached as error:
        findings.append(Finding('the check', 'ended early', str(error)))
    except KeyboardInterrupt:
        findings.append(Finding('the check', 'ended early', 'stopped with Ctrl-C; run it again'))
    text = report(findings, 'Arm check')
    options.out.write_text(text)
    print(text)
    return int(any(finding.objection for finding in findings))


if __name__ == '__main__':
    sys.exit(main())
