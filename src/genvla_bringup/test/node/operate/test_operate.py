# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The operate command, with nodes that answer like the policy and the bridge."""

from __future__ import annotations

from genvla_msgs.srv import SetInstruction
import pytest
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_bringup.operate import command
from genvla_node.qos import STATUS_LATCHED


class Policy(LifecycleNode):
    """Accepts every instruction except one."""

    def __init__(self, **kwargs):
        super().__init__('policy', **kwargs)
        self.instruction = 'none yet'
        self.create_service(SetInstruction, '~/set_instruction', self._set)
        told = self.create_publisher(String, '~/trained_on', STATUS_LATCHED)
        told.publish(String(data='pick up the carrot\npick up the knife'))

    def _set(self, request, response):
        response.accepted = request.instruction != 'unspeakable'
        response.message = 'followed' if response.accepted else 'too rude; say it politely'
        if response.accepted:
            self.instruction = request.instruction
        return response

    def on_configure(self, state):
        return TransitionCallbackReturn.SUCCESS


@pytest.fixture
def policy(graph):
    return graph.node(Policy)


@pytest.fixture
def bridge(graph):
    """A bridge that stops."""
    node = graph.node('viperx_bridge')

    def stop(_request, response):
        response.success, response.message = True, 'stopped (stop was requested)'
        return response

    node.create_service(Trigger, '~/stop', stop)
    return node


@pytest.fixture
def ask(graph, domain_id, monkeypatch):
    """Run the command while the graph is spun by another thread; returns its exit status."""
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    monkeypatch.setattr(command, '_ANSWER_TIMEOUT_S', 20.0)
    with graph.spinning():
        yield lambda *arguments: command.main(['operate', *arguments])


@pytest.mark.parametrize('words', [['pick up the carrot'], ['pick', 'up', 'the', 'carrot']])
def test_an_instruction_reaches_the_policy_and_its_answer_is_printed(ask, policy, capsys, words):
    assert ask('instruct', *words) == 0
    assert policy.instruction == 'pick up the carrot'
    assert capsys.readouterr().out == 'followed\n'


def test_an_empty_instruction_reaches_the_policy(ask, policy):
    assert ask('instruct', '') == 0
    assert policy.instruction == ''


def test_a_refusal_is_an_error_with_its_reason(ask, policy, capsys):
    assert ask('instruct', 'unspeakable') == 1
    assert capsys.readouterr().err == "policy refused 'unspeakable': too rude; say it politely\n"


def test_a_request_reaches_the_bridge(ask, bridge, capsys):
    assert ask('stop') == 0
    assert capsys.readouterr().out == 'stopped (stop was requested)\n'


def test_a_lifecycle_node_makes_a_transition(ask, policy, capsys):
    assert ask('configure', 'policy') == 0
    assert capsys.readouterr().out == 'configure: policy\n'
    assert policy._state_machine.current_state[1] == 'inactive'


def test_an_invalid_transition_reports_the_state_of_the_node(ask, policy, capsys):
    assert ask('activate', 'policy') == 1
    assert 'policy failed to activate: its state is unconfigured' in capsys.readouterr().err


def test_a_missing_node_is_named_with_advice(ask, monkeypatch, capsys):
    monkeypatch.setattr(command, '_ANSWER_TIMEOUT_S', 0.2)
    assert ask('home') == 1
    error = capsys.readouterr().err
    assert 'viperx_bridge/home was not available within 0.2 s' in error
    assert 'is its node running, with ROS_DOMAIN_ID=' in error


def test_the_trained_instructions_are_listed(ask, policy, capsys):
    assert ask('tasks') == 0
    assert capsys.readouterr().out == 'pick up the carrot\npick up the knife\n'


def test_the_help_shows_each_example_on_its_own_line(capsys):
    with pytest.raises(SystemExit):
        command.main(['operate', '--help'])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith('    genvla operate ')] == [
        '    genvla operate configure viperx_bridge policy',
        "    genvla operate instruct 'put the carrot on the plate'",
        '    genvla operate stop',
    ]
