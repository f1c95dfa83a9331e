# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The action execute_instruction."""

from __future__ import annotations

from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from genvla_msgs.action import ExecuteInstruction
import pytest

Result = ExecuteInstruction.Result


@pytest.fixture
def send(bench):
    """Send a goal; return its handle, and a list that collects the feedback."""

    def send(instruction='pick the carrot', max_duration_s=0):
        bench.graph.spin_until(bench.actions.server_is_ready, 'the action server')
        goal = ExecuteInstruction.Goal(
            instruction=instruction, max_duration=Duration(sec=max_duration_s)
        )
        feedback = []
        future = bench.actions.send_goal_async(
            goal, feedback_callback=lambda message: feedback.append(message.feedback)
        )
        bench.graph.spin_until(future.done, 'the answer to the goal')
        return future.result(), feedback

    return send


@pytest.fixture
def result_of(bench):
    """Wait for the end of a goal."""

    def result_of(handle):
        future = handle.get_result_async()
        bench.graph.spin_until(future.done, 'the result')
        return future.result().status, future.result().result

    return result_of


def test_a_goal_puts_its_instruction_in_force_and_counts_its_chunks(bench, send, result_of):
    bench.activate()
    handle, _ = send(max_duration_s=10)
    bench.show()
    bench.wait_for_chunks(1)
    bench.set_time(110.1)
    status, result = result_of(handle)
    assert bench.chunks[0].instruction == 'pick the carrot'
    assert (status, result.outcome) == (GoalStatus.STATUS_SUCCEEDED, Result.OUTCOME_TIME_OVER)
    assert (result.chunks, result.message) == (
        1,
        '10 s have passed; the policy has no instruction now',
    )


def test_the_policy_has_no_instruction_afterwards(bench, send, result_of):
    bench.activate()
    handle, _ = send(max_duration_s=10)
    bench.set_time(110.1)
    result_of(handle)
    bench.graph.spin_until(lambda: bench.instructions[-1] == '')
    assert bench.instructions[-2] == 'pick the carrot'


def test_feedback_reports_time_chunks_and_confidence(bench, send):
    bench.activate()
    _, feedback = send()
    bench.show()
    bench.wait_for_chunks(1)
    bench.set_time(101.0)
    bench.graph.spin_until(lambda: feedback and feedback[-1].elapsed == Duration(sec=1))
    assert (feedback[-1].chunks, feedback[-1].confidence) == (1, 0.5)


def test_feedback_comes_twice_a_second(bench, send):
    bench.activate()
    _, feedback = send()
    bench.graph.spin_until(lambda: len(feedback) == 1)
    bench.set_time(100.4)
    bench.graph.spin_for(0.2)
    assert len(feedback) == 1
    for half_seconds in (1, 2, 3):
        bench.set_time(100 + 0.5 * half_seconds)
        bench.graph.spin_until(lambda expected=half_seconds + 1: len(feedback) == expected)


def test_cancelling_ends_the_goal_at_once(bench, send, result_of):
    bench.activate()
    handle, _ = send()
    handle.cancel_goal_async()
    status, result = result_of(handle)
    assert (status, result.outcome) == (GoalStatus.STATUS_CANCELED, Result.OUTCOME_CANCELED)
    bench.graph.spin_until(lambda: bench.instructions[-1] == '')


def test_set_instruction_replaces_the_goal(bench, send, result_of):
    bench.activate()
    handle, _ = send()
    bench.set_instruction('pick the knife')
    status, result = result_of(handle)
    assert (status, result.outcome) == (GoalStatus.STATUS_ABORTED, Result.OUTCOME_REPLACED)
    bench.graph.spin_until(lambda: bench.instructions[-1] == 'pick the knife')


def test_withdrawing_the_instruction_ends_the_goal(bench, send, result_of):
    bench.activate()
    handle, _ = send()
    bench.set_instruction('')
    status, result = result_of(handle)
    assert (status, result.outcome) == (GoalStatus.STATUS_ABORTED, Result.OUTCOME_REPLACED)
    assert result.message == 'set_instruction has replaced or withdrawn the instruction'


def test_deactivation_ends_the_goal_and_its_instruction(bench, send, result_of):
    bench.activate()
    handle, _ = send()
    bench.node.trigger_deactivate()
    status, result = result_of(handle)
    assert (status, result.outcome) == (GoalStatus.STATUS_ABORTED, Result.OUTCOME_FAILED)
    assert 'activate it and send the goal again' in result.message
    bench.graph.spin_until(lambda: bench.instructions[-1] == '')


def test_a_second_goal_is_rejected_while_one_runs(bench, send, wait_for_log):
    bench.activate()
    send()
    handle, _ = send('pick the knife')
    assert not handle.accepted
    wait_for_log('goal rejected: another goal is being executed; cancel it first')


def test_a_second_goal_is_accepted_after_the_first(bench, send, result_of):
    bench.activate()
    first, _ = send()
    first.cancel_goal_async()
    result_of(first)
    second, _ = send('pick the knife')
    assert second.accepted


def test_a_goal_without_an_instruction_is_rejected(bench, send):
    bench.activate()
    handle, _ = send('  ')
    assert not handle.accepted


def test_a_goal_that_asks_to_stop_is_rejected_and_ends_the_running_goal(bench, send, result_of):
    bench.activate()
    running, _ = send('pick the carrot')
    handle, _ = send('stop!')
    assert not handle.accepted
    bench.graph.spin_until(lambda: bench.instructions[-1] == '', 'withdrawn')
    result_of(running)


def test_a_goal_is_rejected_while_the_policy_is_inactive(bench, send, wait_for_log):
    bench.configure()
    handle, _ = send()
    assert not handle.accepted
    wait_for_log('the policy is not active; activate it first')


def test_a_negative_duration_is_rejected(bench, send):
    bench.activate()
    handle, _ = send(max_duration_s=-1)
    assert not handle.accepted
