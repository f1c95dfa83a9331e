# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A lifecycle node that receives invalid transitions."""

from __future__ import annotations

import threading

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
import pytest
from rcl_interfaces.srv import GetParameters

from genvla_node.managed_node import ManagedNode


@pytest.fixture
def ask(graph):
    """Request a transition; return whether it succeeded, and the state of the node."""
    graph.node(ManagedNode, node_name='managed')
    operator = graph.node('operator')
    change = operator.create_client(ChangeState, 'managed/change_state')
    get = operator.create_client(GetState, 'managed/get_state')

    def ask(**transition):
        request = ChangeState.Request(transition=Transition(**transition))
        success = graph.call(change, request).success
        return success, graph.call(get, GetState.Request()).current_state.label

    return ask


@pytest.mark.parametrize('number', [Transition.TRANSITION_ACTIVATE, 0, 77, 255])
def test_an_invalid_transition_is_refused_and_the_node_keeps_running(ask, number):
    assert ask(id=number) == (False, 'unconfigured')


def test_a_valid_transition_works_by_number_and_by_name(ask):
    assert ask(id=Transition.TRANSITION_CONFIGURE) == (True, 'inactive')
    assert ask(label='activate') == (True, 'active')


class Slow(ManagedNode):
    """Configures until it is allowed to continue."""

    def __init__(self, **kwargs):
        super().__init__('slow', **kwargs)
        self.declare_parameter('speed', 0.5)
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def on_configure(self, state):
        self.has_begun.set()
        self.may_end.wait(60.0)
        return super().on_configure(state)


def test_parameters_are_answered_while_a_node_configures(graph):
    slow, operator = graph.node(Slow), graph.node('operator')
    change = operator.create_client(ChangeState, 'slow/change_state')
    get = operator.create_client(GetParameters, 'slow/get_parameters')
    graph.spin_until(change.service_is_ready, 'the service')
    configured = change.call_async(ChangeState.Request(transition=Transition(label='configure')))
    graph.spin_until(slow.has_begun.is_set, 'configuring')
    answer = graph.call(get, GetParameters.Request(names=['speed']))
    assert answer.values[0].double_value == 0.5
    assert not configured.done()
    slow.may_end.set()
    graph.spin_until(configured.done, 'configured')
    assert configured.result().success
