# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the trials of genvla_eval.trials on the robot: connect to its running nodes through ROS.

Both nodes must be running, and the bridge must be active. The rig loads checkpoints into the
policy node and gives it instructions. It starts and stops no process, and moves the arm only
through ~/home and instructions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
import contextlib
from pathlib import Path
import time
from typing import Any

from genvla_bags.topics import CHUNKS_TOPIC, INSTRUCTION_TOPIC, raw_topic
from genvla_bringup.recording.recorder_thread import RecorderThread
from genvla_eval.trials.plan import Trial
from genvla_eval.trials.protocol import Task
from genvla_eval.trials.rig import RigFailed
from genvla_node.client import Nodes
from genvla_node.node_names import POLICY
from genvla_node.service_calls import NotReached, Patience
from genvla_node.spinning import spun_node
from genvla_viperx.arm.states import ArmState

_ANSWER_TIMEOUT_S = 15.0
_LOAD_TIMEOUT_S = 600.0
_MOVE_TIMEOUT_S = 60.0
_RECORD_TIMEOUT_S = 15.0
_SETTLE_S = 0.5
"""After the bridge has answered, its announced state arrives within this time."""

_ENDINGS = (CHUNKS_TOPIC, '/image_raw', INSTRUCTION_TOPIC, '/joint_states')
"""A trial's bag needs a topic with each of these endings, or it cannot be replayed."""
_BACK = {'active': ('deactivate', 'cleanup'), 'inactive': ('cleanup',), 'unconfigured': ()}


@contextlib.contextmanager
def robot_rig() -> Iterator[RobotRig]:
    """Join the graph and withdraw any instruction.

    Raises:
        RigFailed: The policy is not running.
    """
    with spun_node('operator') as node:
        rig = RobotRig(Nodes(node, answer_timeout_s=_ANSWER_TIMEOUT_S))
        rig.withdraw()
        try:
            yield rig
        finally:
            rig.stop()


def _says_what_to_do(method: Callable[..., None]) -> Callable[..., None]:
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            method(*args, **kwargs)
        except NotReached as error:
            raise RigFailed(
                f"{error}; see the nodes' own terminals, fix this and start again: the judged "
                'trials are kept'
            ) from error

    return wrapped


class RobotRig:
    """Runs trials on the nodes `policy` and `viperx_bridge`.

    Threads: one thread spins the services and the bridge's state; each trial's recorder has its
    own.
    """

    def __init__(self, nodes: Nodes) -> None:
        """Call the nodes through `nodes`."""
        self._nodes = nodes
        self._patience = Patience(self._watch)
        self._recording: RecorderThread | None = None
        nodes.bridge_states()  # subscribe now, to miss no state

    @_says_what_to_do
    def load(self, checkpoint: Path) -> None:
        """Configure the policy node again, without an instruction, and activate it."""
        for transition in _BACK.get(self._nodes.lifecycle_state(POLICY), ()):
            self._nodes.change_state(POLICY, transition)
        parameters = {'checkpoint': str(checkpoint.resolve()), 'instruction': ''}
        self._nodes.set_parameters(POLICY, parameters)
        self._nodes.change_state(POLICY, 'configure', _LOAD_TIMEOUT_S)
        self._nodes.change_state(POLICY, 'activate')

    @_says_what_to_do
    def home(self) -> None:
        """Resume the bridge, and move the arm to its home pose."""
        self._nodes.resume()
        self._nodes.home()
        answered_s = time.monotonic()

        def arrived() -> bool:
            state = self._nodes.bridge_state
            if time.monotonic() < answered_s + _SETTLE_S or state == ArmState.MOVING:
                return False
            if state != ArmState.HOLDING:
                raise NotReached(f'the arm did not reach its home pose: viperx_bridge is {state}')
            return True

        self._patience.until(arrived, _MOVE_TIMEOUT_S, 'the arm did not reach its home pose')

    @_says_what_to_do
    def start(self, trial: Trial, task: Task, bag: Path) -> None:
        """Record every topic; instruct the policy once the recorder has the topics of a replay."""
        about = {'task': task.name, 'instruction': task.instruction, 'trial': str(trial.number)}
        self._recording = recording = RecorderThread(bag, about, self._nodes.node.context)
        self._patience.until(
            lambda: not _missing(recording.topics),
            _RECORD_TIMEOUT_S,
            f'a trial needs topics that end in {", ".join(_ENDINGS)}; not all are published',
        )
        self._nodes.instruct(task.instruction)

    @_says_what_to_do
    def halt(self) -> None:
        """Hold the arm at the bridge's next tick."""
        self._nodes.stop()

    @_says_what_to_do
    def stop(self) -> None:
        """Withdraw the instruction and close the bag."""
        recording, self._recording = self._recording, None
        if recording is None:
            return
        try:
            self._nodes.withdraw_instruction()
        finally:
            recording.close()
        _require_whole(recording)

    @_says_what_to_do
    def withdraw(self) -> None:
        """Withdraw the current instruction, if any."""
        self._nodes.withdraw_instruction()

    def _watch(self) -> None:
        if self._recording is not None:
            _require_whole(self._recording)


def _require_whole(recording: RecorderThread) -> None:
    if recording.failure is not None:
        raise NotReached(f'the recorder failed: {recording.failure}')


def _missing(topics: Collection[str]) -> list[str]:
    """Return the endings that no topic has."""
    return [end for end in _ENDINGS if not any(raw_topic(each).endswith(end) for each in topics)]
