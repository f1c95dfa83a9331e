# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the whole loop in the simulator as processes that can be killed and restarted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
import contextlib
import itertools
import os
from pathlib import Path
import time

from rclpy.node import Node

from genvla_bringup.demo.command import config_folder
from genvla_bringup.demo.domain import free_domain_id
from genvla_bringup.demo.processes import NodeCommand, NodeProcesses
from genvla_bringup.demo.session import Plan, node_commands, python_command
from genvla_bringup.demo.transports import this_machine_only
from genvla_bringup.operate.bring_up import bring_up
from genvla_faults.arm_watch import ArmWatch
from genvla_node.client import Nodes
from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.service_calls import NotReached, Patience
from genvla_node.spinning import spun_node
from genvla_policy.shipped import SHIPPED_CHECKPOINT

CAMERA_TOPIC = 'robot_camera/image_raw'
"""Camera topic of the policy: the simulator's images, relayed by a process that can be killed."""
HALTED = ('faulted', 'stopped')
"""States of the bridge that only an operator can end."""

_START_TIMEOUT_S = 120.0
_ANSWER_TIMEOUT_S = 20.0
_FRESH_S = 0.1
_MOTION_TIMEOUT_S = 30.0
_TRIES, _NEWS_S = 3, 1.0
_TASK = 'PickCarrot+knife'
_INSTRUCTIONS = ('pick up the carrot', 'pick up the knife')


class LiveLoop:
    """Simulator, camera relay, bridge and policy in their own ROS domain, and an operator.

    The node `operator` is spun by its own thread; all waits happen in the caller's thread.
    """

    def __init__(
        self,
        node: Node,
        processes: NodeProcesses,
        wrap: Callable[[NodeCommand], NodeCommand] = lambda command: command,
        image_topic: str = CAMERA_TOPIC,
    ) -> None:
        """Use a node and processes that the caller opens and closes.

        Args:
            node: Spun by another thread.
            processes: Without any process yet.
            wrap: Changes the command that starts a node.
            image_topic: Camera topic of the policy.
        """
        self._image_topic = image_topic
        self.node = node
        self.arm = ArmWatch(node)
        self._wrap = wrap
        self._processes = processes
        self._patience = Patience(processes.check)
        self.nodes = Nodes(node, self._patience, answer_timeout_s=_ANSWER_TIMEOUT_S)
        self.nodes.bridge_states()  # subscribe now, to miss no state
        self._instructions = itertools.cycle(_INSTRUCTIONS)
        self.instruction = ''

    def start(self) -> None:
        """Start and activate every node; afterwards the arm is at its home pose.

        Raises:
            ProcessDied, NotReached: A node does not come up; the message names it.
        """
        for command in loop_commands(self._image_topic):
            self._processes.start(self._wrap(command))
        self.take_into_service(BRIDGE)
        self.nodes.home()
        self.wait_for_state('holding')
        self.take_into_service(POLICY)

    def take_into_service(self, node: str) -> None:
        """Configure and activate a lifecycle node."""
        bring_up(
            self.nodes,
            (node,),
            await_cameras=lambda: None,
            load_timeout_s=_START_TIMEOUT_S,
            say=lambda _what: None,
        )

    def kill(self, name: str) -> NodeCommand:
        """Kill a process with SIGKILL, and return its command for `restart`."""
        return self._processes.kill(name)

    def restart(self, command: NodeCommand) -> None:
        """Restart a process that was killed."""
        self._processes.start(command)

    def suspend_for(self, name: str, duration_s: float) -> None:
        """Suspend a process for a duration [s], as if the computer were swapping."""
        self._processes.suspend(name)
        try:
            self.watch_for(duration_s)
        finally:
            self._processes.wake(name)

    def bring_into_motion(self) -> None:
        """Make the policy move the arm: go home first, then give it the next instruction.

        Raises:
            NotReached: The arm does not move, because a fault persists.
        """
        self.nodes.withdraw_instruction()
        self.bring_home()
        # Retry, because a supervisor may withdraw the instruction: a busy computer may deliver an
        # image late.
        for tries_left in reversed(range(_TRIES)):
            self.instruction = next(self._instructions)
            self.nodes.instruct(self.instruction)
            try:
                self.wait(lambda: self.is_in_motion, _MOTION_TIMEOUT_S, 'the arm did not move')
            except NotReached as error:
                if not tries_left:
                    raise NotReached(f'{error}: the bridge is {self.arm.bridge_says}') from error
            else:
                return

    @property
    def is_in_motion(self) -> bool:
        """Whether the policy is moving the arm."""
        return self.nodes.bridge_state == 'executing' and self.arm.is_moving

    def lay_objects_anew(self) -> None:
        """Reset the scene; this puts the arm at its start pose at once, and leaves it stopped."""
        self.nodes.withdraw_instruction()
        self.nodes.stop()
        self.nodes.trigger('sim/reset')
        self.watch_for(1.0)

    def resident_mb(self) -> dict[str, float]:
        """Return the resident memory of each process, by name [MB]."""
        return {
            name: int(
                next(
                    line.split()[1]
                    for line in Path(f'/proc/{pid}/status').read_text().splitlines()
                    if line.startswith('VmRSS')
                )
            )
            / 1024
            for name, pid in self._processes.pids().items()
        }

    def bring_home(self) -> None:
        """Leave any state of the bridge, as its messages instruct, and move the arm home."""
        self.wait(
            lambda: self.arm.measured[-1][0] > time.monotonic() - _FRESH_S,
            _ANSWER_TIMEOUT_S,
            'no joint states',
        )
        # Retry, because the bridge may discover a restarted driver later than this node does.
        for tries_left in reversed(range(_TRIES)):
            if self.nodes.bridge_state in HALTED:
                self.nodes.clear_fault()
                self.nodes.resume()
            try:
                self.nodes.home()
                self.wait(
                    lambda: self.nodes.bridge_state in ('holding', *HALTED),
                    _MOTION_TIMEOUT_S,
                    'the arm did not reach its home pose',
                )
            except NotReached:
                if not tries_left:
                    raise
                self.watch_for(_NEWS_S)
                continue
            if self.nodes.bridge_state == 'holding':
                return
        raise NotReached(
            f'the arm did not reach its home pose: the bridge is {self.arm.bridge_says}'
        )

    def wait_for_state(self, state: str) -> None:
        """Wait until the bridge reports a state."""
        self.wait(
            lambda: self.nodes.bridge_state == state,
            _MOTION_TIMEOUT_S,
            f'the bridge is not {state}',
        )

    def wait(self, condition: Callable[[], object], timeout_s: float, what: str) -> None:
        """Wait for a condition.

        Raises:
            ProcessDied: A node exited unexpectedly.
            NotReached: The condition was not true in time.
        """
        self._patience.until(condition, timeout_s, what)

    def watch_for(self, duration_s: float) -> None:
        """Wait for a duration.

        Raises:
            ProcessDied: A node exited unexpectedly.
        """
        self._patience.for_duration(duration_s)


def loop_commands(image_topic: str = CAMERA_TOPIC) -> tuple[NodeCommand, ...]:
    """Return the commands of the nodes: as in the demo, except for the policy's camera topic."""
    plan = Plan(_TASK, 0, ('', ''), SHIPPED_CHECKPOINT, 0.0)
    config = config_folder()
    nodes = {command.name: command for command in node_commands(plan, config)}
    simulator = nodes['sim_robot']
    if image_topic.endswith('/compressed'):
        packed = (*simulator.arguments, '-p', 'compressed:=true')
        simulator = NodeCommand(simulator.name, packed)
    policy = python_command(
        'genvla_policy.ros.policy_node',
        config / 'policy.yaml',
        checkpoint=str(SHIPPED_CHECKPOINT.resolve()),
        image_topics=[image_topic],
    )
    relay = python_command('genvla_faults.camera_relay', outgoing=CAMERA_TOPIC)
    return (
        simulator,
        NodeCommand('camera_relay', relay),
        nodes[BRIDGE],
        NodeCommand(POLICY, policy),
    )


@contextlib.contextmanager
def live_loop(
    log_folder: Path,
    environment: Mapping[str, str | None] | None = None,
    wrap: Callable[[NodeCommand], NodeCommand] = lambda command: command,
    image_topic: str = CAMERA_TOPIC,
) -> Iterator[LiveLoop]:
    """Run an active loop until the context exits, and leave no process behind.

    Args:
        log_folder: Folder for the nodes' output.
        environment: Changes to the environment of this process and the nodes, which configure DDS;
            None as a value removes the variable. Default: this machine only.
        wrap: Changes the command that starts a node.
        image_topic: Camera topic of the policy.
    """
    ours = environment or this_machine_only(os.environ, config_folder())
    with contextlib.ExitStack() as stack:
        stack.enter_context(_environment(ours))
        domain_id = stack.enter_context(free_domain_id())
        processes = stack.enter_context(
            NodeProcesses(log_folder, {**os.environ, 'ROS_DOMAIN_ID': str(domain_id)})
        )
        node = stack.enter_context(spun_node('operator', domain_id=domain_id))
        loop = LiveLoop(node, processes, wrap, image_topic)
        loop.start()
        yield loop


@contextlib.contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _set_environment(changes)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
