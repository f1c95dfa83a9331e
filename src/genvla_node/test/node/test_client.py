# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from std_srvs.srv import Trigger

from genvla_node.client import NotOffered, NotReached, Patience, Refused, ServiceCaller


class Careful(LifecycleNode):
    """Configures, and refuses to activate."""

    def on_configure(self, state):
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state):
        return TransitionCallbackReturn.FAILURE


def watch_nothing():
    pass


@pytest.fixture
def caller(graph):
    """Calls services through a node that another thread spins."""
    node = graph.node('caller')
    graph.node(Careful, node_name='careful')
    with graph.spinning():
        yield ServiceCaller(node, Patience(watch_nothing))


def test_a_lifecycle_node_is_configured(caller):
    caller.change_state('careful', 'configure', 20.0)


def test_a_step_goes_on_while_others_are_asked(caller):
    step = caller.begin_step('careful', 'configure', 20.0)
    with pytest.raises(NotReached):
        caller.call('nobody/home', Trigger, Trigger.Request(), 0.2)
    caller.finish(step, 20.0)


def test_a_refused_transition_says_who_refused_what(caller):
    caller.change_state('careful', 'configure', 20.0)
    with pytest.raises(Refused, match='careful refused to activate: it is inactive'):
        caller.change_state('careful', 'activate', 20.0)


def test_a_service_that_is_not_there_is_named(caller):
    with pytest.raises(NotOffered, match=r'nobody/home was not offered within 0\.2 s'):
        caller.call('nobody/home', Trigger, Trigger.Request(), 0.2)


def test_waiting_ends_when_something_goes_wrong_meanwhile():
    def watch():
        raise RuntimeError('the simulator died')

    with pytest.raises(RuntimeError, match='the simulator died'):
        Patience(watch).until(lambda: False, 20.0, 'never')
