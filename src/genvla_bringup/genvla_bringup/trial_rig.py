# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The robot as a rig of genvla_eval.trials: the nodes that are running, reached through ROS.

Both nodes must be up, the bridge active; this loads checkpoints into the policy node and gives it
instructions. It starts and stops no process, and moves the arm by ~/home and instructions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
from pathlib import Path
import time
from typing import Any

from genvla_msgs.srv import SetInstruction
from lifecycle_msgs.srv import GetState
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_bags.topics import CHUNKS_TOPIC, IMAGES_TOPIC, INSTRUCTION_TOPIC, JOINTS_TOPIC
from genvla_bringup.operate.command import service_caller
from genvla_bringup.recording.recorder_thread import RecorderThread
from genvla_eval.trials.plan import Trial
from genvla_eval.trials.protocol import Task
from genvla_eval.trials.rig import RigFailed
from genvla_node.client import NotReached, Patience, ServiceCaller
from genvla_node.qos import STATUS_LATCHED
from genvla_viperx.arm.states import ArmState

_ANSWER_TIMEOUT_S = 15.0
_LOAD_TIMEOUT_S = 600.0
_MOVE_TIMEOUT_S = 60.0
_RECORD_TIMEOUT_S = 15.0
_SETTLE_S = 0.5
"""The state that the bridge announces after it has answered arrives within this time."""

_TOPICS = frozenset({CHUNKS_TOPIC, IMAGES_TOPIC, INSTRUCTION_TOPIC, JOINTS_TOPIC})
"""What a trial's bag must have to be replayed."""
_BACK = {'active': ('deactivate', 'cleanup'), 'inactive': ('cleanup',), 'unconfigured': ()}


@contextlib.contextmanager
def robot_rig() -> Iterator[RobotRig]:
    """Join the graph; no instruction is in force from here on.

    Raises:
        RigFailed: The policy or the bridge is not there.
    """
    with service_caller(None) as services:
        rig = RobotRig(services)
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
                f"{error}; see the nodes' own terminals, mend it and start again: the trials that "
                'were judged are kept'
            ) from error

    return wrapped


class RobotRig:
    """Trials on the nodes `policy` and `viperx_bridge`.

    Threads: service_caller's spins the services and the bridge's state, and each trial's recorder
    has one of its own.
    """

    def __init__(self, services: ServiceCaller) -> None:
        """Call through `services`."""
        self._services = services
        self._patience = Patience(self._watch)
        self._state = ''
        self._recording: RecorderThread | None = None
        services.node.create_subscription(
            String, 'viperx_bridge/state', self._on_state, STATUS_LATCHED
        )

    @_says_what_to_do
    def load(self, checkpoint: Path) -> None:
        """Configure the policy node anew, without an instruction, and activate it."""
        for transition in _BACK.get(self._lifecycle_state('policy'), ()):
            self._services.change_state('policy', transition, _ANSWER_TIMEOUT_S)
        self._set_parameters(checkpoint=str(checkpoint.resolve()), instruction='')
        self._services.change_state('policy', 'configure', _LOAD_TIMEOUT_S)
        self._services.change_state('policy', 'activate', _ANSWER_TIMEOUT_S)

    @_says_what_to_do
    def home(self) -> None:
        """End a stop, and move the arm to its home pose."""
        self._ask_bridge('resume')
        self._ask_bridge('home')
        answered_s = time.monotonic()

        def arrived() -> bool:
            if time.monotonic() < answered_s + _SETTLE_S or self._state == ArmState.MOVING:
                return False
            if self._state != ArmState.HOLDING:
                raise NotReached(f'the arm did not come home: viperx_bridge is {self._state}')
            return True

        self._patience.until(arrived, _MOVE_TIMEOUT_S, 'the arm did not come home')

    @_says_what_to_do
    def start(self, trial: Trial, task: Task, bag: Path) -> None:
        """Record every topic, and give the instruction once the recorder has what matters."""
        about = {'task': task.name, 'instruction': task.instruction, 'trial': str(trial.number)}
        self._recording = recording = RecorderThread(bag, about, self._services.node.context)
        self._patience.until(
            lambda: recording.topics >= _TOPICS,
            _RECORD_TIMEOUT_S,
            f'nobody publishes all of {", ".join(sorted(_TOPICS))}',
        )
        self._instruct(task.instruction)

    @_says_what_to_do
    def halt(self) -> None:
        """Hold the arm at the bridge's next tick."""
        self._ask_bridge('stop')

    @_says_what_to_do
    def stop(self) -> None:
        """Withdraw the instruction and close the bag."""
        recording, self._recording = self._recording, None
        if recording is None:
            return
        try:
            self._instruct('')
        finally:
            recording.close()
        _require_whole(recording)

    @_says_what_to_do
    def withdraw(self) -> None:
        """Withdraw whatever instruction is in force."""
        self._instruct('')

    def _instruct(self, text: str) -> None:
        request = SetInstruction.Request(instruction=text)
        answer = self._services.call(
            'policy/set_instruction', SetInstruction, request, _ANSWER_TIMEOUT_S
        )
        # A policy that is not active has no instruction to withdraw.
        if text and not answer.accepted:
            raise NotReached(f'the policy refused {text!r}: {answer.message}')

    def _ask_bridge(self, request: str) -> None:
        name = f'viperx_bridge/{request}'
        answer = self._services.call(name, Trigger, Trigger.Request(), _ANSWER_TIMEOUT_S)
        if not answer.success:
            raise NotReached(f'{name} was refused: {answer.message}')

    def _lifecycle_state(self, node: str) -> str:
        name = f'{node}/get_state'
        answer = self._services.call(name, GetState, GetState.Request(), _ANSWER_TIMEOUT_S)
        return str(answer.current_state.label)

    def _set_parameters(self, **values: str) -> None:
        parameters = [
            Parameter(
                name=name,
                value=ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=value),
            )
            for name, value in values.items()
        ]
        request = SetParameters.Request(parameters=parameters)
        answer = self._services.call(
            'policy/set_parameters', SetParameters, request, _ANSWER_TIMEOUT_S
        )
        if refused := [each.reason for each in answer.results if not each.successful]:
            raise NotReached(f'the policy refused its parameters: {refused[0]}')

    def _watch(self) -> None:
        if self._recording is not None:
            _require_whole(self._recording)

    def _on_state(self, message: String) -> None:
        self._state = message.data


def _require_whole(recording: RecorderThread) -> None:
    if recording.failure is not None:
        raise NotReached(f'the recorder died: {recording.failure}')
