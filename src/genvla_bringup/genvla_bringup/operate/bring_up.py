# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bring up, secure and shut down bridge and policy in the right order."""

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
# After a node was killed, DDS still lists its services for some seconds, and requests to them are
# lost. Ask again, in case the node was restarted.
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
    """Configure the nodes in parallel; activate them once all are ready and the cameras are fresh.

    Nodes that are already configured or active stay so. Nodes are activated in the given order,
    the bridge first: the arm is ready before the policy sends chunks.

    Args:
        nodes: Client of the nodes.
        names: Names of the nodes, in the order of activation.
        await_cameras: Returns when every camera is fresh, or raises NotReached.
        load_timeout_s: Longest wait for a node to appear, and to configure [s].
        say: Called with each step.
        stopped: Whether to stop the bridge before the policy is activated; it then stays stopped
            until it is resumed.

    Raises:
        NotReached: A node is missing or refuses; the message names it. Every node that this call
            activated is inactive again.
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
    """Return a lifecycle node's state, such as `inactive`, once the node answers.

    Raises:
        NotReached: It does not answer within the timeout [s].
    """
    began_s = told_s = time.monotonic()
    while True:
        with contextlib.suppress(NotReached):
            return nodes.lifecycle_state(name, min(_ASK_AGAIN_S, timeout_s))
        now_s = time.monotonic()
        if now_s - began_s > timeout_s:
            raise NotReached(f'{name} did not appear within {timeout_s:g} s; check that it runs')
        if now_s - told_s > _WAITING_NEWS_S:
            told_s = now_s
            say(f'waiting for {name} ({now_s - began_s:.0f} of {timeout_s:g} s)')


def make_safe(nodes: Nodes, names: Sequence[str]) -> list[str]:
    """Stop the arm until it is resumed, and silence the policy; skip nodes that are not active.

    This also withdraws the policy's instruction, so that the policy does not continue the old task
    when the arm is resumed.

    Returns:
        The steps that failed. An arm without a bridge holds by itself.
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
    """End a session in order: withdraw the instruction, sleep, deactivate policy and bridge.

    Args:
        nodes: Client of the nodes.
        bridge: Name of the bridge.
        sleep: Whether the arm moves to its sleep pose; otherwise it holds where it is.

    A policy that does not answer does not keep the arm awake.

    Returns:
        What was done, and what failed.

    Raises:
        NotReached: The arm did not reach its sleep pose; it is held where it is.
    """
    names, failures = [POLICY, bridge], []
    try:
        nodes.withdraw_instruction(_PRESENCE_S)
    except NotOffered:  # there is no policy
        names.remove(POLICY)
    except NotReached as error:
        failures.append(str(error))
    if sleep:
        _go_to_sleep(nodes, bridge)
    done = '; '.join([*failures, deactivate(nodes, names)])
    return f'the arm {"is asleep" if sleep else "holds where it is"}, and {done}'


def _go_to_sleep(nodes: Nodes, bridge: str) -> None:
    states = nodes.bridge_states(bridge)
    states.clear()
    nodes.sleep(bridge)
    nodes.patience.until(
        lambda: ArmState.MOVING in states and states[-1] != ArmState.MOVING,
        _SLEEP_TIMEOUT_S,
        'the arm did not reach its sleep pose',
    )
    # The arm may be stopped for another reason. Stopping a stopped arm changes nothing and returns
    # the reason.
    why = nodes.stop(bridge) if states[-1] == ArmState.STOPPED else states[-1]
    if ASLEEP not in why:
        raise NotReached(f'the arm did not reach its sleep pose: {why}')


def deactivate(nodes: Nodes, names: Sequence[str]) -> str:
    """Deactivate the nodes that are active; the arm then holds.

    A node that is not there is skipped, and so is teleoperation, which has no lifecycle.

    Returns:
        What was done, or what failed.
    """
    failures = []
    for name in names:
        try:
            if nodes.lifecycle_state(name, _PRESENCE_S) == 'active':
                nodes.change_state(name, 'deactivate')
        except NotOffered:
            continue
        except NotReached as error:
            failures.append(str(error))
    return '; '.join(failures) or 'the nodes are inactive'
