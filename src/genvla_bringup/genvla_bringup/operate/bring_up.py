# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The order in which bridge and policy come up, are made safe, and go down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import contextlib
import time

from genvla_node.client import Nodes
from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.service_calls import NotOffered, NotReached
from genvla_viperx.arm.states import ASLEEP, ArmState

Say = Callable[[str], None]

_PRESENCE_S = 2.0
_SLEEP_TIMEOUT_S = 120.0
# For some seconds DDS takes the services of a node that was killed for there, and what is asked of
# them is lost: a node that was started anew is asked again.
_ASK_AGAIN_S = 2.0
_WAITING_NEWS_S = 5.0


def bring_up(
    nodes: Nodes,
    names: Sequence[str],
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
        nodes: To ask the nodes with.
        names: Of the nodes, in the order of activation.
        await_cameras: Returns when every camera is fresh, or raises NotReached.
        load_timeout_s: Longest wait for a node to appear, and to configure [s].
        say: Called with each step.
        stopped: Whether the bridge is stopped, until it is resumed, before the policy speaks.

    Raises:
        NotReached: A node is not there, or refuses; says which. No node is active that was not.
    """
    states = {name: await_state(nodes, name, load_timeout_s, say) for name in names}
    steps = [
        nodes.begin_step(name, 'configure', load_timeout_s)
        for name in names
        if states[name] == 'unconfigured'
    ]
    for step in steps:
        say(f'configuring {step.node_name}')
        nodes.finish(step, load_timeout_s)
    await_cameras()
    activated: list[str] = []
    try:
        for name in names:
            if states[name] != 'active':
                say(f'activating {name}')
                nodes.change_state(name, 'activate')
                activated.append(name)
            if name == BRIDGE and stopped:
                nodes.stop()
    except NotReached:
        deactivate(nodes, activated)
        raise


def await_state(nodes: Nodes, name: str, timeout_s: float, say: Say) -> str:
    """Return a lifecycle node's state, such as `inactive`, once it is there.

    Raises:
        NotReached: It does not say within the timeout [s].
    """
    began_s = told_s = time.monotonic()
    while True:
        with contextlib.suppress(NotReached):
            return nodes.lifecycle_state(name, min(_ASK_AGAIN_S, timeout_s))
        now_s = time.monotonic()
        if now_s - began_s > timeout_s:
            raise NotReached(f'{name} was not there within {timeout_s:g} s; has it started?')
        if now_s - told_s > _WAITING_NEWS_S:
            told_s = now_s
            say(f'waiting for {name} ({now_s - began_s:.0f} of {timeout_s:g} s)')


def make_safe(nodes: Nodes, names: Sequence[str]) -> list[str]:
    """Stops the arm until it is resumed, and makes the policy silent, as far as they are active.

    The policy is without an instruction then: what was asked of it before is not gone on with
    when somebody resumes the arm.

    Returns what of this could not be done: an arm whose bridge is gone holds by itself.
    """
    failures = []
    for name in names:
        try:
            if nodes.lifecycle_state(name) != 'active':
                continue
            if name == BRIDGE:
                nodes.stop()
            else:
                nodes.withdraw_instruction()
                nodes.change_state(name, 'deactivate')
        except NotReached as error:
            failures.append(str(error))
    return failures


def park(nodes: Nodes, bridge: str = BRIDGE, *, sleep: bool = True) -> str:
    """Ends a session in order: no instruction, the arm asleep, the bridge and the policy inactive.

    Args:
        nodes: To ask the nodes with.
        bridge: The bridge's name.
        sleep: Whether the arm goes to its sleep pose; it holds where it is otherwise.

    Returns what was done.

    Raises:
        NotReached: The arm does not reach its sleep pose; it is held where it is.
    """
    names = [bridge]
    with contextlib.suppress(NotOffered):  # there may be no policy, or a teleoperation
        nodes.withdraw_instruction(_PRESENCE_S)
        names = [POLICY, bridge]
    if sleep:
        _go_to_sleep(nodes, bridge)
    deactivate(nodes, names)
    return f'{"asleep" if sleep else "holding where it is"}, and inactive'


def _go_to_sleep(nodes: Nodes, bridge: str) -> None:
    states = nodes.bridge_states(bridge)
    states.clear()
    nodes.sleep(bridge)
    nodes.patience.until(
        lambda: ArmState.MOVING in states and states[-1] != ArmState.MOVING,
        _SLEEP_TIMEOUT_S,
        'the arm did not go to its sleep pose',
    )
    # It may be stopped for another reason; of one that is, this changes nothing.
    why = nodes.stop(bridge) if states[-1] == ArmState.STOPPED else states[-1]
    if ASLEEP not in why:
        raise NotReached(f'the arm did not go to its sleep pose: {why}')


def deactivate(nodes: Nodes, names: Sequence[str]) -> None:
    """Makes nodes inactive as far as they are there and active; the arm holds by that."""
    for name in names:
        with contextlib.suppress(NotReached):
            nodes.change_state(name, 'deactivate')
