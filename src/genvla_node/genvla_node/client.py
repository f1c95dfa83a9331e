# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The client of all nodes: `nodes.instruct('...')`, `nodes.stop()`, parameters, lifecycle.

Example:
    with spun_node('operator') as node:
        nodes = Nodes(node)
        nodes.home()
        nodes.instruct('pick up the carrot')
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genvla_msgs.srv import SetInstruction
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import GetParameters, SetParameters
from rclpy.node import Node
from rclpy.parameter import Parameter, parameter_value_to_python
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.qos import STATUS_LATCHED
from genvla_node.service_calls import Call, NotReached, Patience, ServiceCaller

TRANSITIONS = {
    'configure': Transition.TRANSITION_CONFIGURE,
    'activate': Transition.TRANSITION_ACTIVATE,
    'deactivate': Transition.TRANSITION_DEACTIVATE,
    'cleanup': Transition.TRANSITION_CLEANUP,
}

_NUM_STATES = 20


class Refused(NotReached):
    """A lifecycle node refused a transition; the message gives the node's state."""


@dataclass(frozen=True)
class Step:
    """A lifecycle transition in progress."""

    node_name: str
    transition: str
    call: Call


class Nodes(ServiceCaller):
    """Sends requests to the running nodes, and waits for their answers.

    Every method raises NotReached when a node is not there (NotOffered), does not answer in time,
    or refuses; the message names the node or service and gives the reason.
    """

    def __init__(
        self, node: Node, patience: Patience | None = None, *, answer_timeout_s: float = 10.0
    ) -> None:
        """Call through a node that another thread spins; see ServiceCaller."""
        super().__init__(node, patience, answer_timeout_s=answer_timeout_s)
        self._bridge_states: dict[str, deque[str]] = {}

    # The policy

    def instruct(self, text: str, policy: str = POLICY) -> str:
        """Give the policy an instruction, or none (''), and return its answer."""
        answer = self.call(f'{policy}/set_instruction', SetInstruction, instruction=text)
        if not answer.accepted:
            raise NotReached(f'{policy} refused {text!r}: {answer.message}')
        return str(answer.message)

    def withdraw_instruction(self, timeout_s: float | None = None) -> None:
        """Clear the policy's instruction; a policy that is not configured has none anyway."""
        self.call(f'{POLICY}/set_instruction', SetInstruction, timeout_s=timeout_s, instruction='')

    def trained_on(self, policy: str = POLICY) -> str:
        """Return the instructions that the policy was trained on, one per line."""
        heard: list[str] = []
        subscription = self.node.create_subscription(
            String, f'{policy}/trained_on', lambda m: heard.append(m.data), STATUS_LATCHED
        )
        try:
            self.patience.until(
                lambda: heard, self._answer_timeout_s, f'{policy} has not loaded a checkpoint'
            )
        finally:
            self.node.destroy_subscription(subscription)
        return heard[-1]

    # The bridge. Moves are only started; `bridge_state` shows when they end.

    def stop(self, bridge: str = BRIDGE) -> str:
        """Hold the arm where it is until it is resumed; return the bridge's answer."""
        return self.trigger(f'{bridge}/stop')

    def resume(self, bridge: str = BRIDGE) -> str:
        """Let the arm follow the next chunk; return the bridge's answer."""
        return self.trigger(f'{bridge}/resume')

    def home(self, bridge: str = BRIDGE) -> str:
        """Start to move the arm to its home pose; return the bridge's answer."""
        return self.trigger(f'{bridge}/home')

    def sleep(self, bridge: str = BRIDGE) -> str:
        """Start to move the arm to its sleep pose; return the bridge's answer."""
        return self.trigger(f'{bridge}/sleep')

    def clear_fault(self, bridge: str = BRIDGE) -> str:
        """Reboot servos that have switched themselves off; return the bridge's answer."""
        return self.trigger(f'{bridge}/clear_fault')

    def trigger(self, service: str, timeout_s: float | None = None) -> str:
        """Call a service without arguments, such as `sim/reset`; return its answer."""
        answer = self.call(service, Trigger, timeout_s=timeout_s)
        if not answer.success:
            raise NotReached(f'{service} was refused: {answer.message}')
        return str(answer.message)

    @property
    def bridge_state(self) -> str:
        """The bridge's newest state, such as `holding`; empty until one has arrived."""
        states = self.bridge_states()
        return states[-1] if states else ''

    def bridge_states(self, bridge: str = BRIDGE) -> deque[str]:
        """Return a bridge's newest states, oldest first.

        The first call subscribes; later calls return the same queue.
        """
        if bridge not in self._bridge_states:
            states = self._bridge_states[bridge] = deque(maxlen=_NUM_STATES)
            self.node.create_subscription(
                String, f'{bridge}/state', lambda m: states.append(m.data), STATUS_LATCHED
            )
        return self._bridge_states[bridge]

    # Any node

    def parameter(self, node_name: str, parameter: str) -> Any:
        """Return the value of a node's parameter."""
        answer = self.call(f'{node_name}/get_parameters', GetParameters, names=[parameter])
        if not answer.values:
            raise NotReached(f'{node_name} has no parameter {parameter}')
        return parameter_value_to_python(answer.values[0])

    def set_parameters(self, node_name: str, values: Mapping[str, Any]) -> None:
        """Set parameters of a node by name; if one is refused, all the others are still set."""
        parameters = [
            Parameter(name, value=value).to_parameter_msg() for name, value in values.items()
        ]
        answer = self.call(f'{node_name}/set_parameters', SetParameters, parameters=parameters)
        refused = [
            f'{name} = {value!r} ({result.reason})'
            for (name, value), result in zip(values.items(), answer.results, strict=True)
            if not result.successful
        ]
        if refused:
            raise NotReached(f'{node_name} refused {", ".join(refused)}')

    def lifecycle_state(self, node_name: str, timeout_s: float | None = None) -> str:
        """Return a lifecycle node's state, such as `inactive`."""
        answer = self.call(f'{node_name}/get_state', GetState, timeout_s=timeout_s)
        return str(answer.current_state.label)

    def change_state(
        self, node_name: str, transition: str, timeout_s: float | None = None
    ) -> None:
        """Take a lifecycle node through one transition, such as `configure`.

        Raises:
            Refused: The node refused the transition, or it failed.
        """
        self.finish(self.begin_step(node_name, transition, timeout_s), timeout_s)

    def begin_step(self, node_name: str, transition: str, timeout_s: float | None = None) -> Step:
        """Start a transition of a lifecycle node and return at once; `finish` waits for its end.

        Raises:
            NotOffered: The node is not there in time.
        """
        # With the label, rclpy refuses an invalid transition; with the id alone, it would end the
        # node with an exception (7.1).
        wanted = Transition(id=TRANSITIONS[transition], label=transition)
        service = f'{node_name}/change_state'
        call = self.begin(service, ChangeState, timeout_s=timeout_s, transition=wanted)
        return Step(node_name, transition, call)

    def finish(self, step: Step, timeout_s: float | None = None) -> None:
        """Wait until a transition has ended.

        Raises:
            Refused: The node refused the transition, or it failed.
        """
        if self.answer(step.call, timeout_s).success:
            return
        state = self.lifecycle_state(step.node_name, timeout_s)
        raise Refused(f'{step.node_name} failed to {step.transition}: its state is {state}')
