# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The private names of rclpy that genvla uses: a release that renames one fails here."""

from __future__ import annotations

from importlib.metadata import version

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import pytest
from rclpy._rclpy_pybind11 import RCLError
from rclpy.executors import MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleNodeMixin
from rclpy.parameter import Parameter

TRIED = '7.1'
INSTALLED = version('rclpy')


def gone(name, where):
    return f'rclpy {INSTALLED} has no {name} (tried: {TRIED}); it is used in {where}'


def test_the_handler_of_transitions_can_be_overridden():
    name = '_LifecycleNodeMixin__on_change_state'
    assert callable(getattr(LifecycleNodeMixin, name, None)), gone(name, 'managed_node.py')


def test_the_lifecycle_node_of_rclpy_raises_on_an_invalid_transition(graph):
    # The reason for ManagedNode: delete its handler when this fails with a newer rclpy.
    node = graph.node(LifecycleNode, node_name='managed')
    request = ChangeState.Request(transition=Transition(id=77))
    with pytest.raises(RCLError):
        node._LifecycleNodeMixin__on_change_state(request, ChangeState.Response())


def test_a_lifecycle_node_has_a_state_machine(graph):
    node = graph.node(LifecycleNode, node_name='managed')
    machine = getattr(node, '_state_machine', None)
    assert machine is not None, gone('LifecycleNode._state_machine', 'managed_node.py')
    assert machine.current_state[1] == 'unconfigured'


def test_a_node_has_its_parameter_overrides(graph):
    node = graph.node('started', parameter_overrides=[Parameter('speed', value=0.5)])
    given = getattr(node, '_parameter_overrides', None)
    assert given is not None, gone('Node._parameter_overrides', 'parameters.py')
    assert given['speed'].value == 0.5


def test_an_executor_has_a_thread_pool(graph):
    executor = MultiThreadedExecutor(num_threads=2, context=graph.context)
    try:
        pool = getattr(executor, '_executor', None)
        assert hasattr(pool, 'submit'), gone('MultiThreadedExecutor._executor', 'executor.py')
    finally:
        executor.shutdown()
