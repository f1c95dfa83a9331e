# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor starts callbacks at once, and each only once."""

import pytest
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor

from genvla_node.executor import PromptExecutor


@pytest.fixture
def handed_out(graph):
    """Spin a fast timer; returns how many callbacks the pool was given and how many ran."""

    def spin(executor_type, num_callbacks=200):
        executor = executor_type(num_threads=4, context=graph.context)
        node = graph.node(f'node_{executor_type.__name__}'.lower())
        graph.executor.remove_node(node)
        executor.add_node(node)
        ran, handed = [], []
        submit = executor._executor.submit

        def counted(handler):
            handed.append(handler)
            return submit(handler)

        executor._executor.submit = counted
        node.create_timer(0.001, lambda: ran.append(1), callback_group=ReentrantCallbackGroup())
        while len(ran) < num_callbacks:
            executor.spin_once(timeout_sec=1.0)
        executor._executor.shutdown()
        return len(handed), len(ran)

    return spin


def test_a_callback_is_handed_out_once(handed_out):
    handed, ran = handed_out(PromptExecutor)
    assert handed == ran


def test_the_executor_of_rclpy_hands_out_callbacks_again(handed_out):
    # The reason for PromptExecutor: delete both when this fails with a newer rclpy.
    handed, ran = handed_out(MultiThreadedExecutor)
    assert handed > ran
