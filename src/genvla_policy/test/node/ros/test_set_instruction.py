# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""~/set_instruction and the latched ~/instruction."""

from __future__ import annotations

import pytest
from std_msgs.msg import String

from genvla_node.qos import STATUS_LATCHED


def test_the_response_contains_the_previous_instruction(bench):
    bench.activate(instruction='pick the carrot')
    response = bench.set_instruction('pick the knife')
    assert (response.accepted, response.previous_instruction) == (True, 'pick the carrot')
    assert response.message == 'takes effect at the next inference'


def test_a_word_that_no_training_instruction_contains_is_named(bench):
    bench.activate()
    response = bench.set_instruction('fetch the knife')
    assert response.accepted
    assert "contains 'fetch'" in response.message


def test_surrounding_white_space_is_stripped(bench):
    bench.activate()
    bench.set_instruction('  pick the knife\n')
    bench.graph.spin_until(lambda: bench.instructions[-1] == 'pick the knife')


def test_the_next_chunk_answers_the_new_instruction(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(100.0)
    bench.wait_for_chunks(1)
    bench.set_instruction('pick the knife')
    bench.show(100.05)
    bench.wait_for_chunks(2)
    assert [c.instruction for c in bench.chunks] == ['pick the carrot', 'pick the knife']


def test_an_answer_to_the_old_instruction_is_not_published(bench):
    bench.activate(instruction='pick the carrot')
    bench.policy.gate.clear()
    bench.show(100.0)
    bench.wait_for_inferences(1)
    bench.set_instruction('pick the knife')
    bench.policy.gate.set()
    bench.show(100.05)
    bench.wait_for_chunks(1)
    assert [c.instruction for c in bench.chunks] == ['pick the knife']


def test_an_instruction_set_before_activation_is_in_force_from_then_on(bench):
    bench.configure()
    assert bench.set_instruction('pick the carrot').accepted
    bench.node.trigger_activate()
    bench.show()
    bench.wait_for_chunks(1)
    assert bench.chunks[0].instruction == 'pick the carrot'


@pytest.mark.parametrize('text', ['', ' \n'])
def test_an_empty_instruction_withdraws_the_old_one(bench, text):
    bench.activate(instruction='pick the carrot')
    response = bench.set_instruction(text)
    assert (response.accepted, response.previous_instruction) == (True, 'pick the carrot')
    assert response.message == 'the policy has no instruction now, and the arm holds its position'
    bench.graph.spin_until(lambda: bench.instructions[-1] == '')


@pytest.mark.parametrize('text', ['stop', 'Halt!', "please don't move"])
def test_a_word_that_asks_to_stop_withdraws_the_instruction_and_names_the_service(bench, text):
    bench.activate(instruction='pick the carrot')
    response = bench.set_instruction(text)
    assert (response.accepted, response.previous_instruction) == (True, 'pick the carrot')
    assert 'the instruction is withdrawn' in response.message
    assert 'viperx_bridge/stop' in response.message
    bench.graph.spin_until(lambda: bench.instructions[-1] == '')
    bench.show(100.0)
    bench.graph.spin_for(0.3)
    assert bench.chunks == []


def test_no_chunks_are_published_without_an_instruction(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(100.0)
    bench.wait_for_chunks(1)
    bench.set_instruction('')
    bench.show(100.5)
    bench.graph.spin_for(0.3)
    assert len(bench.chunks) == 1


def test_an_answer_to_a_withdrawn_instruction_is_not_published(bench):
    bench.activate(instruction='pick the carrot')
    bench.policy.gate.clear()
    bench.show(100.0)
    bench.wait_for_inferences(1)
    bench.set_instruction('')
    bench.policy.gate.set()
    bench.graph.spin_for(0.3)
    assert bench.chunks == []


def test_withdrawing_without_an_instruction_is_accepted(bench):
    bench.activate()
    response = bench.set_instruction('')
    assert (response.accepted, response.previous_instruction) == (True, '')


def test_a_new_instruction_is_followed_after_a_withdrawal(bench):
    bench.activate(instruction='pick the carrot')
    bench.set_instruction('')
    assert bench.set_instruction('pick the knife').previous_instruction == ''
    bench.show()
    bench.wait_for_chunks(1)
    assert bench.chunks[0].instruction == 'pick the knife'


def test_an_instruction_of_100000_characters_is_rejected(bench):
    bench.activate(instruction='pick the carrot')
    response = bench.set_instruction('x' * 100_000)
    assert not response.accepted
    assert 'has 100000 characters, but at most 1000 are accepted' in response.message


def test_a_rejected_instruction_leaves_the_old_one_in_force(bench):
    bench.activate(instruction='pick the carrot')
    bench.set_instruction('x' * 100_000)
    bench.show()
    bench.wait_for_chunks(1)
    assert bench.chunks[0].instruction == 'pick the carrot'


def test_instructions_are_rejected_before_the_node_is_configured(bench):
    bench.create()
    response = bench.set_instruction('pick the carrot')
    assert (response.accepted, response.message) == (
        False,
        'the policy is not configured; configure it first',
    )


def test_a_late_subscriber_receives_the_instruction_in_force(bench):
    bench.activate(instruction='pick the carrot')
    bench.set_instruction('pick the knife')
    received = []
    late = bench.graph.node('late')
    late.create_subscription(String, 'policy/instruction', received.append, STATUS_LATCHED)
    bench.graph.spin_until(lambda: received)
    assert received[0].data == 'pick the knife'


def test_a_late_subscriber_receives_the_instructions_of_the_training_data(bench):
    bench.configure()
    told = []
    bench.graph.node('late').create_subscription(
        String, 'policy/trained_on', lambda m: told.append(m.data), STATUS_LATCHED
    )
    bench.graph.spin_until(lambda: told, 'the instructions')
    assert told == ['pick the carrot\npick the knife']
