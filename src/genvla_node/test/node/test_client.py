# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from genvla_msgs.srv import SetInstruction
import pytest
from rcl_interfaces.msg import SetParametersResult
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_node.client import Nodes, Refused
from genvla_node.qos import STATUS_LATCHED
from genvla_node.service_calls import NotOffered, NotReached
from genvla_node.spinning import spun_node


class Policy(LifecycleNode):
    """Configures, refuses to activate, and accepts one instruction."""

    def __init__(self, **kwargs):
        super().__init__('policy', **kwargs)
        self.instructions = []
        self.create_service(SetInstruction, '~/set_instruction', self._set_instruction)

    def _set_instruction(self, request, response):
        self.instructions.append(request.instruction)
        response.accepted = request.instruction == 'pick up the carrot'
        response.message = 'followed' if response.accepted else 'it is not configured'
        return response

    def on_configure(self, state):
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state):
        return TransitionCallbackReturn.FAILURE


class Bridge(Node):
    """Grants all requests except `home`, and has a parameter between 0 and 1."""

    def __init__(self, **kwargs):
        super().__init__('viperx_bridge', **kwargs)
        self.requests = []
        self.state = self.create_publisher(String, '~/state', STATUS_LATCHED)
        for request in ('stop', 'resume', 'home', 'sleep', 'clear_fault'):
            self.create_service(Trigger, f'~/{request}', self._answering(request))
        self.declare_parameter('speed_scale', 0.5)
        self.add_on_set_parameters_callback(self._judge)

    def _answering(self, request):
        def answer(_request, response):
            self.requests.append(request)
            response.success, response.message = request != 'home', f'answer to {request}'
            return response

        return answer

    def _judge(self, parameters):
        if parameters[0].value <= 1.0:
            return SetParametersResult(successful=True)
        return SetParametersResult(successful=False, reason='at most 1')


@pytest.fixture
def policy(graph):
    return graph.node(Policy)


@pytest.fixture
def bridge(graph):
    return graph.node(Bridge)


@pytest.fixture
def nodes(graph, domain_id):
    """The client, in its own context; another thread spins the nodes that it calls."""
    with graph.spinning(), spun_node('client', domain_id=domain_id) as node:
        yield Nodes(node, answer_timeout_s=20.0)


def test_an_accepted_instruction_returns_the_answer(policy, nodes):
    assert nodes.instruct('pick up the carrot') == 'followed'


def test_a_rejected_instruction_names_the_node_the_text_and_the_reason(policy, nodes):
    with pytest.raises(NotReached, match="policy refused 'wave': it is not configured"):
        nodes.instruct('wave')


def test_withdrawing_the_instruction_of_a_policy_that_is_not_configured_is_no_error(policy, nodes):
    nodes.withdraw_instruction()
    assert policy.instructions == ['']


@pytest.mark.parametrize('request_', ['stop', 'resume', 'sleep', 'clear_fault'])
def test_a_request_reaches_the_bridge_and_returns_its_answer(bridge, nodes, request_):
    assert getattr(nodes, request_)() == f'answer to {request_}'
    assert bridge.requests == [request_]


def test_a_refused_request_names_the_service_and_the_reason(bridge, nodes):
    with pytest.raises(NotReached, match='viperx_bridge/home was refused: answer to home'):
        nodes.home()


def test_a_request_to_a_missing_node_names_the_service(nodes):
    with pytest.raises(NotOffered, match=r'sim/reset was not available within 0\.2 s'):
        nodes.trigger('sim/reset', 0.2)


def test_the_bridge_state_is_the_newest_and_the_states_are_in_order(bridge, nodes):
    assert nodes.bridge_state == ''
    for state in ('moving', 'holding'):
        bridge.state.publish(String(data=state))
        nodes.patience.until(lambda s=state: nodes.bridge_state == s, 20.0, f'not {state}')
    assert list(nodes.bridge_states()) == ['moving', 'holding']


def test_a_parameter_is_set_and_read(bridge, nodes):
    nodes.set_parameters('viperx_bridge', {'speed_scale': 0.2})
    assert nodes.parameter('viperx_bridge', 'speed_scale') == 0.2


def test_a_refused_parameter_is_named_with_its_value_and_the_reason(bridge, nodes):
    message = r'viperx_bridge refused speed_scale = 2\.0 \(at most 1\)'
    with pytest.raises(NotReached, match=message):
        nodes.set_parameters('viperx_bridge', {'speed_scale': 2.0})


def test_a_parameter_that_a_node_does_not_have_is_named(bridge, nodes):
    with pytest.raises(NotReached, match='viperx_bridge has no parameter colour'):
        nodes.parameter('viperx_bridge', 'colour')


def test_a_lifecycle_node_is_configured(policy, nodes):
    nodes.change_state('policy', 'configure')
    assert nodes.lifecycle_state('policy') == 'inactive'


def test_other_requests_work_during_a_transition(policy, bridge, nodes):
    step = nodes.begin_step('policy', 'configure')
    nodes.stop()
    nodes.finish(step)
    assert nodes.lifecycle_state('policy') == 'inactive'


def test_a_failed_transition_names_the_node_and_its_state(policy, nodes):
    nodes.change_state('policy', 'configure')
    with pytest.raises(Refused, match='policy failed to activate: its state is inactive'):
        nodes.change_state('policy', 'activate')
