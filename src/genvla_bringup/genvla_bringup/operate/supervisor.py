# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bring bridge and policy up in order, make them safe if one fails, and end them in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import contextlib
from dataclasses import dataclass
from enum import StrEnum
import queue
import signal
import sys
import threading
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_bringup.operate.bring_up import bring_up, deactivate, make_safe, park
from genvla_bringup.operate.health import level_of
from genvla_bringup.operate.trouble import Trouble
from genvla_node.client import Nodes
from genvla_node.clocks import pacing_clock
from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.heartbeat import Heartbeat
from genvla_node.main import run
from genvla_node.node_names import BRIDGE, POLICY, SUPERVISOR, in_diagnostics
from genvla_node.parameters import NodeParameters, parameter
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED
from genvla_node.service_calls import NotOffered, NotReached, Patience
from genvla_node.stamps import seconds_from_stamp
from genvla_policy.ros.image_conversion import image_type

_DIAGNOSTICS_PERIOD_S = 1.0
_LOOK_PERIOD_S = 0.1
_STATE_PERIOD_S = 1.0
"""How often to request the lifecycle state of each node."""
_SILENCE_S = 5.0
_WITHDRAWAL_S = 1.0
"""Short, because nothing supervises the nodes during the wait. A failed attempt is retried."""
_TERMINATED = 143
"""Exit status when only the supervisor is terminated: launch keeps the other nodes running."""
_SAYING_S = 0.5
"""Time to wait for the reason of a refusal, which a node reports on another topic."""


@dataclass(frozen=True)
class SupervisorParams:
    """What to supervise, and how to end."""

    with_policy: bool = parameter(
        True,
        'Supervise the policy as well as the bridge. False: the policy runs elsewhere, or there '
        'is none.',
    )
    image_topics: tuple[str, ...] = parameter(
        ('camera/image_raw',),
        'Cameras whose images must be fresh before any node is activated. [""]: none.',
    )
    autostart: bool = parameter(True, 'Bring the nodes up at once. False: wait for ~/start.')
    at_end: str = parameter(
        'sleep',
        'What the arm does when ~/end is called: go to its sleep pose, or hold where it is, with '
        'torque.',
        choices=('sleep', 'hold'),
    )
    load_timeout_s: float = parameter(
        600.0, 'Longest wait for a node to appear and to configure.', unit='s', ge=1.0
    )
    camera_timeout_s: float = parameter(
        30.0, 'Longest wait for fresh images of every camera.', unit='s', ge=0.1
    )
    max_image_age_s: float = parameter(
        0.5, 'Largest age on arrival at which an image is fresh.', unit='s', ge=0.01
    )


class Phase(StrEnum):
    """Phase of the session; it is the first word of ~/state."""

    WAITING = 'waiting'
    STARTING = 'starting'
    ACTIVE = 'active'
    ENDING = 'ending'
    ENDED = 'ended'


class _Interrupted(Exception):
    """A new request interrupts the current one."""


class Supervisor(Node):
    """Takes bridge and policy through their states together, and watches them.

    Order up: configure the nodes (the arm is ready, the model is warm), wait until every camera is
    fresh, activate the bridge, then the policy. While the nodes are active, the supervisor
    requests the state of each of them periodically. If a node is gone or no longer active, the
    supervisor stops the arm and silences the policy. After a failure of either node, the next
    start leaves the arm stopped until it is resumed. If the arm is stopped or faulted, or a camera
    is stale, the supervisor withdraws the instruction, so that the policy does not continue the
    old task. A bridge without a heartbeat is reported at once.

    Publishes: ~/state (std_msgs/String, latched): the phase, and a sentence; /diagnostics;
    ~/heartbeat (std_msgs/Header, 20 Hz), so that bridge and policy notice when the supervisor is
    gone.
    Services (std_srvs/Trigger); each answers at once, and ~/state reports the outcome:
        ~/start: Bring up what is not active.
        ~/end: Withdraw the instruction, put the arm to sleep or hold it (at_end), make both nodes
            inactive, and end this process. The launch files then end all the others.
    Calls: the lifecycle services of both nodes, viperx_bridge/stop, viperx_bridge/sleep,
    policy/set_instruction.

    Threads: one worker thread handles the requests one after the other. Callbacks queue requests
    for it and, because the worker may be waiting for the bridge, report a frozen bridge
    themselves.
    """

    def __init__(self, *, on_end: Callable[[], None] = lambda: None, **kwargs: Any) -> None:
        """Start at once, unless `autostart` is false: then wait for ~/start.

        Args:
            on_end: Called in the worker thread when the session has ended in order.
            kwargs: Passed on to Node.
        """
        super().__init__(SUPERVISOR, **kwargs)
        self._params = NodeParameters(self, SupervisorParams, for_good=True).freeze()
        self._names = (BRIDGE, POLICY) if self._params.with_policy else (BRIDGE,)
        self._on_end = on_end
        self._wanted: queue.SimpleQueue[Phase] = queue.SimpleQueue()
        self._closing, self._end_wanted = threading.Event(), threading.Event()
        self._phase, self._complaint = Phase.WAITING, ''
        self._was_active = self._has_failed = False
        self._said: dict[str, str] = {}
        self._trouble = Trouble(self)
        self._troubled, self._is_frozen, self._is_withdrawn = '', False, True
        self._asked_s = self._withdrew_s = 0.0
        self._lock = threading.RLock()
        self._heartbeat = Heartbeat(self)
        self._nodes = Nodes(self, Patience(self._look_up))
        self._state = self.create_publisher(String, '~/state', STATUS_LATCHED)
        self._diagnostics = DiagnosticsPublisher(self)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, COMMAND)
        self.create_service(Trigger, '~/start', self._on_start)
        self.create_service(Trigger, '~/end', self._on_end_request)
        clock = pacing_clock(self)
        self.create_timer(_DIAGNOSTICS_PERIOD_S, self._report, clock=clock)
        self.create_timer(_LOOK_PERIOD_S, self._look_for_life, clock=clock)
        self._enter(Phase.WAITING, 'run genvla operate start')
        if self._params.autostart:
            self._wanted.put(Phase.STARTING)
        self._thread = threading.Thread(target=self._work, name='supervisor', daemon=True)
        self._thread.start()

    def destroy_node(self) -> None:
        """Cancel all waits, and destroy the node; the other nodes keep running."""
        self._closing.set()
        self._thread.join()
        super().destroy_node()

    # Requests

    def _on_start(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._phase is Phase.WAITING and self._wanted.empty()
        already = Phase.STARTING if self._phase is Phase.WAITING else self._phase
        response.message = 'starting' if response.success else f'already {already}'
        if response.success:
            self._wanted.put(Phase.STARTING)
        return response

    def _on_end_request(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        response.success = self._phase is not Phase.ENDED and not self._end_wanted.is_set()
        response.message = 'ending' if response.success else 'already ending'
        if response.success:
            self._end_wanted.set()
            self._wanted.put(Phase.ENDING)
        return response

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            for name in self._names:
                ours = status.name == in_diagnostics(name, self.get_namespace())
                if ours and level_of(status) >= Level.ERROR:
                    self._said[name] = status.message

    # Worker thread

    def _work(self) -> None:
        while not self._closing.is_set() and self._phase is not Phase.ENDED:
            try:
                self._step()
            except _Interrupted:
                pass
            except Exception as error:  # otherwise supervision would end silently
                self._end_wanted.clear()
                sentence = f'{type(error).__name__}: {error}; run genvla operate start'
                self._enter(Phase.WAITING, sentence, wrong=True)

    def _step(self) -> None:
        try:
            wanted = self._wanted.get(timeout=_LOOK_PERIOD_S)
        except queue.Empty:
            if self._phase is Phase.ACTIVE:
                self._look_at_arm()
                if time.monotonic() - self._asked_s > _STATE_PERIOD_S:
                    self._asked_s = time.monotonic()
                    self._watch()
            return
        if wanted is Phase.STARTING:
            self._start()
        else:
            self._end()

    def _look_up(self) -> None:
        """Interrupt a start when an end is requested; called during every wait."""
        ending = self._phase is Phase.STARTING and self._end_wanted.is_set()
        if self._closing.is_set() or ending:
            raise _Interrupted

    def _start(self) -> None:
        self._enter(Phase.STARTING)
        self._said.clear()
        try:
            with self._cameras() as await_cameras:
                bring_up(
                    self._nodes,
                    self._names,
                    await_cameras=await_cameras,
                    load_timeout_s=self._params.load_timeout_s,
                    say=lambda what: self._enter(Phase.STARTING, what),
                    stopped=self._has_failed,
                )
        except NotReached as error:
            self._nodes.patience.for_duration(_SAYING_S)
            said = [f'{node} {sentence}' for node, sentence in sorted(self._said.items())]
            sentences = [str(error), *said, 'fix this, then run genvla operate start']
            self._enter(Phase.WAITING, '; '.join(sentences), wrong=True)
            return
        then = 'run genvla operate resume, then instruct; ' if self._has_failed else ''
        self._was_active, self._has_failed = True, False
        self._enter(Phase.ACTIVE, f'{then}run genvla operate end when you are done')

    def _look_for_life(self) -> None:
        """Report a frozen bridge; the worker thread may be waiting for that same bridge."""
        with self._lock:  # the worker must not change the phase meanwhile
            is_active = self._phase is Phase.ACTIVE
            frozen = self._trouble.of_bridge_process() if is_active else ''
            if bool(frozen) == self._is_frozen:
                return
            self._is_frozen = bool(frozen)
            if is_active:
                sentence = frozen or f'{BRIDGE} sends heartbeats again'
                self._enter(Phase.ACTIVE, sentence, wrong=self._is_frozen)

    def _look_at_arm(self) -> None:
        trouble = self._trouble.of_arm_or_cameras()
        if not trouble and self._troubled and self._is_withdrawn:
            self._troubled = ''
            self._enter(
                Phase.ACTIVE,
                'give a new instruction; run genvla operate end when you are done',
            )
            return
        is_new = bool(trouble) and trouble != self._troubled
        is_due = time.monotonic() - self._withdrew_s > _STATE_PERIOD_S
        self._troubled = trouble or self._troubled
        # Retry a withdrawal that failed, even when the trouble is over.
        if is_new or (self._troubled and not self._is_withdrawn and is_due):
            done = self._withdraw()
            self._enter(Phase.ACTIVE, f'{self._troubled}; {done}', wrong=True)

    def _withdraw(self) -> str:
        """Withdraw the instruction, even of a policy that runs elsewhere; return the outcome."""
        self._withdrew_s = time.monotonic()
        try:
            self._nodes.withdraw_instruction(_WITHDRAWAL_S)
        except NotReached as error:
            if isinstance(error, NotOffered) and not self._trouble.has_heard_a_policy:
                self._is_withdrawn = True
                return 'there is no policy to instruct'
            self._is_withdrawn = False
            return f'the instruction is NOT withdrawn: {error}'
        self._is_withdrawn = True
        return 'the instruction was withdrawn'

    def _watch(self) -> None:
        for node in self._names:
            try:
                state = self._nodes.lifecycle_state(node, _SILENCE_S)
            except NotReached:
                state = 'gone'
            if state == 'active':
                continue
            self._has_failed = True
            self._trouble.forget()
            self._troubled, self._is_frozen = '', False
            others = [each for each in self._names if each != node]
            done = (
                'the arm is stopped' if BRIDGE in others else 'nothing commands the arm: it holds'
            )
            failures = make_safe(self._nodes, others)
            is_ours = self._params.with_policy
            withdrawn = 'the instruction is withdrawn' if is_ours else self._withdraw()
            sentences = [
                f'{node} is {state}; {done}, and {withdrawn}',
                *failures,
                f'when {node} is running again, run genvla operate start, resume and instruct',
            ]
            self._enter(Phase.WAITING, '; '.join(sentences), wrong=True)
            return

    def _end(self) -> None:
        before = Phase.ACTIVE if self._phase is Phase.ACTIVE else Phase.WAITING
        self._enter(Phase.ENDING)
        try:
            done = self._park()
        except NotReached as error:
            self._end_wanted.clear()
            sentence = f'not ended: {error}; fix this, then run genvla operate end'
            self._enter(before, sentence, wrong=True)
            return
        self._enter(Phase.ENDED, done)
        self._on_end()

    def _park(self) -> str:
        """Return what was done; an arm that was ever active is left in the air only with `hold`.

        Raises:
            NotReached: The arm is to sleep and was active before, but the bridge is not active
                now; or the arm did not reach its sleep pose.
        """
        try:
            state = self._nodes.lifecycle_state(BRIDGE, _SILENCE_S)
        except NotReached:
            state = 'gone'
        sleep = self._params.at_end == 'sleep'
        if state == 'active':
            return park(self._nodes, sleep=sleep)
        if sleep and self._was_active:
            raise NotReached(
                f'{BRIDGE} is {state}, so the arm cannot go to sleep: run genvla operate start '
                'first (or end with Ctrl-C, and the arm stays where it is)'
            )
        done = deactivate(self._nodes, self._names)
        return f'{done}; {BRIDGE} was {state}, so the arm did not move'

    @contextlib.contextmanager
    def _cameras(self) -> Iterator[Callable[[], None]]:
        """Subscribe to the cameras; yield a function that waits until all are fresh."""
        ages_s: dict[str, float | None] = {t: None for t in self._params.image_topics if t}
        group = MutuallyExclusiveCallbackGroup()

        def subscribe(topic: str) -> Any:
            def take(message: Any) -> None:
                now_s = self.get_clock().now().nanoseconds / 1e9
                ages_s[topic] = now_s - seconds_from_stamp(message.header.stamp)

            return self.create_subscription(
                image_type(topic), topic, take, SENSOR, callback_group=group
            )

        def late() -> list[str]:
            limit_s = self._params.max_image_age_s
            return [
                f'{topic} ({"no image" if age_s is None else f"{age_s:.2f} s old"})'
                for topic, age_s in ages_s.items()
                if age_s is None or abs(age_s) > limit_s
            ]

        def await_fresh() -> None:
            for topic in ages_s:
                ages_s[topic] = None
            timeout_s = self._params.camera_timeout_s
            try:
                self._nodes.patience.until(lambda: not late(), timeout_s, 'no fresh images')
            except NotReached:
                raise NotReached(
                    f'no fresh images within {timeout_s:g} s: {", ".join(late())}; check that the '
                    'cameras run and that the clocks agree'
                ) from None

        subscriptions = [subscribe(topic) for topic in ages_s]
        try:
            yield await_fresh
        finally:
            for subscription in subscriptions:
                self.destroy_subscription(subscription)

    # Outputs

    def _enter(self, phase: Phase, sentence: str = '', *, wrong: bool = False) -> None:
        text = f'{phase}: {sentence}' if sentence else str(phase)
        with self._lock:
            self._phase, self._complaint = phase, sentence if wrong else ''
            self._state.publish(String(data=text))
        if wrong:
            self.get_logger().error(text)
        else:
            self.get_logger().info(text)

    def _report(self) -> None:
        message = self._complaint or str(self._phase)
        level = Level.ERROR if self._complaint else Level.OK
        self._diagnostics.publish(Status(level, message, {'phase': str(self._phase)}))


def main(args: Sequence[str] | None = None) -> int:
    """Supervise until shutdown; return 0 after an orderly end, or Ctrl-C."""

    def leave() -> None:
        signal.raise_signal(signal.SIGINT)  # as Ctrl-C does

    return run(lambda: [Supervisor(on_end=leave)], args, terminated=_TERMINATED)


if __name__ == '__main__':
    sys.exit(main())
