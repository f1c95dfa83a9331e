# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The order in which bridge and policy come up, are made safe, and go down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import contextlib
import time

from genvla_msgs.srv import SetInstruction
from lifecycle_msgs.srv import GetState
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_node.client import NotOffered, NotReached, ServiceCaller
from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.qos import STATUS_LATCHED
from genvla_viperx.arm.states import ASLEEP, ArmState

Say = Callable[[str], None]

_ANSWER_TIMEOUT_S = 10.0
_PRESENCE_S = 2.0
_SLEEP_TIMEOUT_S = 120.0
# For some seconds DDS takes the services of a node that was killed for there, and what is asked of
# them is lost: a node that was started anew is asked again.
_ASK_AGAIN_S = 2.0
_WAITING_NEWS_S = 5.0


def bring_up(
    services: ServiceCaller,
    nodes: Sequence[str],
    *,
    await_cameras: Callable[[], None],
    load_timeout_s: float,
    say: Say,
    stopped: bool = False,
) -> None:
    """Configures the nodes at once; when all are ready and the cameras are fresh, activates them.

    What is configured or active already stays so. The arm is ready before the policy speaks:
    nodes are activated in their order, the bridge first.

    Args:
        services: To ask the nodes with.
        nodes: Their names, in the order of activation.
        await_cameras: Returns when every camera is fresh, or raises NotReached.
        load_timeout_s: Longest wait for a node to appear, and to configure [s].
        say: Called with each step.
        stopped: Whether the bridge is stopped, until it is resumed, before the policy speaks.

    Raises:
        NotReached: A node is not there, or refuses; says which. No node is active that was not.
    """
    states = {node: await_state(services, node, load_timeout_s, say) for node in nodes}
    steps = [
        services.begin_step(node, 'configure', load_timeout_s)
        for node in nodes
        if states[node] == 'unconfigured'
    ]
    for step in steps:
        say(f'configuring {step.node_name}')
        services.finish(step, load_timeout_s)
    await_cameras()
    activated: list[str] = []
    try:
        for node in nodes:
            if states[node] != 'active':
                say(f'activating {node}')
                services.change_state(node, 'activate', _ANSWER_TIMEOUT_S)
                activated.append(node)
            if node == BRIDGE and stopped:
                stop(services)
    except NotReached:
        deactivate(services, activated)
        raise


def await_state(services: ServiceCaller, node: str, timeout_s: float, say: Say) -> str:
    """Returns a lifecycle node's state, such as `inactive`, once it is there.

    Raises:
        NotReached: It does not say within the timeout [s].
    """
    began_s = told_s = time.monotonic()
    while True:
        with contextlib.suppress(NotReached):
            return state_of(services, node, min(_ASK_AGAIN_S, timeout_s))
        now_s = time.monotonic()
        if now_s - began_s > timeout_s:
            raise NotReached(f'{node} was not there within {timeout_s:g} s; has it started?')
        if now_s - told_s > _WAITING_NEWS_S:
            told_s = now_s
            say(f'waiting for {node} ({now_s - began_s:.0f} of {timeout_s:g} s)')


def state_of(services: ServiceCaller, node: str, timeout_s: float) -> str:
    """Returns a lifecycle node's state, such as `inactive`.

    Raises:
        NotReached: It is not there, or does not answer in time [s].
    """
    answer = services.call(f'{node}/get_state', GetState, GetState.Request(), timeout_s)
    return str(answer.current_state.label)


def make_safe(services: ServiceCaller, nodes: Sequence[str]) -> list[str]:
    """Stops the arm until it is resumed, and makes the policy silent, as far as they are active.

    The policy is without an instruction then: what was asked of it before is not gone on with
    when somebody resumes the arm.

    Returns what of this could not be done: an arm whose bridge is gone holds by itself.
    """
    failures = []
    for node in nodes:
        try:
            if state_of(services, node, _ANSWER_TIMEOUT_S) != 'active':
                continue
            if node == BRIDGE:
                stop(services)
            else:
                withdraw_instruction(services, _ANSWER_TIMEOUT_S)
                services.change_state(node, 'deactivate', _ANSWER_TIMEOUT_S)
        except NotReached as error:
            failures.append(str(error))
    return failures


def stop(services: ServiceCaller, bridge: str = BRIDGE) -> str:
    """Stops the arm until it is resumed; returns what the bridge says of it.

    Raises:
        NotReached: The bridge is not there, or refuses.
    """
    answer = services.call(f'{bridge}/stop', Trigger, Trigger.Request(), _ANSWER_TIMEOUT_S)
    if not answer.success:
        raise NotReached(f'{bridge} did not stop: {answer.message}')
    return str(answer.message)


def park(services: ServiceCaller, bridge: str = BRIDGE, *, sleep: bool = True) -> str:
    """Ends a session in order: no instruction, the arm asleep, the bridge and the policy inactive.

    Args:
        services: To ask the nodes with.
        bridge: The bridge's name.
        sleep: Whether the arm goes to its sleep pose; it holds where it is otherwise.

    Returns what was done.

    Raises:
        NotReached: The arm does not reach its sleep pose; it is held where it is.
    """
    nodes = [bridge]
    with contextlib.suppress(NotOffered):  # there may be no policy, or a teleoperation
        withdraw_instruction(services, _PRESENCE_S)
        nodes = [POLICY, bridge]
    if sleep:
        _go_to_sleep(services, bridge)
    deactivate(services, nodes)
    return f'{"asleep" if sleep else "holding where it is"}, and inactive'


def withdraw_instruction(services: ServiceCaller, timeout_s: float) -> None:
    """Leaves the policy without anything to do.

    Raises:
        NotReached: It is not there, or does not answer in time [s].
    """
    request = SetInstruction.Request(instruction='')
    services.call(f'{POLICY}/set_instruction', SetInstruction, request, timeout_s)


def _go_to_sleep(services: ServiceCaller, bridge: str) -> None:
    heard: list[str] = []
    subscription = services.node.create_subscription(
        String, f'{bridge}/state', lambda message: heard.append(message.data), STATUS_LATCHED
    )
    try:
        before = len(heard)
        answer = services.call(f'{bridge}/sleep', Trigger, Trigger.Request(), _ANSWER_TIMEOUT_S)
        if not answer.success:
            raise NotReached(f'refused: {answer.message}')
        services.patience.until(
            lambda: ArmState.MOVING in heard[before:] and heard[-1] != ArmState.MOVING,
            _SLEEP_TIMEOUT_S,
            'the arm did not go to its sleep pose',
        )
        # It may be stopped for another reason; of one that is, this changes nothing.
        why = stop(services, bridge) if heard[-1] == ArmState.STOPPED else heard[-1]
        if ASLEEP not in why:
            raise NotReached(f'the arm did not go to its sleep pose: {why}')
    finally:
        services.node.destroy_subscription(subscription)


def deactivate(services: ServiceCaller, nodes: Sequence[str]) -> None:
    """Makes nodes inactive as far as they are there and active; the arm holds by that."""
    for node in nodes:
        with contextlib.suppress(NotReached):
            services.change_state(node, 'deactivate', _ANSWER_TIMEOUT_S)
