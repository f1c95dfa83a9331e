# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The process ends cleanly on a signal, whatever it is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from builtin_interfaces.msg import Duration
from genvla_msgs.action import ExecuteInstruction
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
import pytest
from rclpy.action import ActionClient
from sensor_msgs.msg import Image

from genvla_node.qos import COMMAND

STUCK_IN_INFERENCE = """
import sys, time
from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.ros.policy_node import main

class Stuck:
    config = tiny_config(name='stuck', trained=True)
    describe = lambda self: 'stuck'
    warm_up = lambda self: None
    check_instruction = lambda self, text: None
    can_commit = False
    decoding_report = decoding_warning = ''
    trained_on = ()

    def infer(self, observation, *, committed=None, watch=None):
        print('inferring', flush=True)
        time.sleep(60.0)

sys.exit(main(load_policy=lambda params: Stuck()))
"""
STUCK_IN_LOADING = """
import sys, time
from genvla_policy.ros.policy_node import main

def load(params):
    print('loading', flush=True)
    time.sleep(60.0)

sys.exit(main(load_policy=load))
"""
ROUTINE = ('[INFO] ', '[WARN] ')
REAL = 'import sys; from genvla_policy.ros.policy_node import main; sys.exit(main())'


@pytest.fixture
def wait_for_discovery(graph):
    """Request the state until a response arrives.

    A service may respond to a client that it has not discovered yet, and the response is lost. A
    request for the state can be repeated, but a transition cannot.
    """

    def wait(operator):
        client = operator.create_client(GetState, 'policy/get_state')
        answers = []

        def answered():
            if client.service_is_ready():
                future = client.call_async(GetState.Request())
                future.add_done_callback(lambda future: answers.append(future.result()))
                graph.spin_for(0.2)
            return answers

        graph.spin_until(answered, 'an answer of policy/get_state')

    return wait


@pytest.fixture
def start(graph, domain_id, wait_for_discovery):
    """Start the node in a separate process and activate it."""
    processes = []

    def start(script, *parameters, waits=True):
        arguments = ['--ros-args', '-p', 'instruction:=pick the carrot']
        for parameter in parameters:
            arguments += ['-p', parameter]
        process = subprocess.Popen(
            [sys.executable, '-c', script, *arguments],
            env={
                **os.environ,
                'ROS_DOMAIN_ID': str(domain_id),
                'PYTHONFAULTHANDLER': '1',
                # rclpy warns about a client that is gone before it gets its response.
                'PYTHONWARNINGS': 'ignore:failed to send response:RuntimeWarning',
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        operator = graph.node('operator')
        client = operator.create_client(ChangeState, 'policy/change_state')
        wait_for_discovery(operator)
        for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
            request = ChangeState.Request(transition=Transition(id=transition))
            if not waits:
                client.call_async(request)
                break
            assert graph.call(client, request).success
        return process

    yield start
    for process in processes:
        process.send_signal(signal.SIGABRT)  # if it hangs, print where
        print(*process.communicate(), sep='')


@pytest.fixture
def show(graph):
    """Publish an image captured now."""
    node = graph.node('camera')
    publisher = node.create_publisher(Image, 'camera/image_raw', COMMAND)

    def show():
        graph.spin_until(publisher.get_subscription_count, 'the camera subscription')
        image = Image(encoding='rgb8', width=2, height=2, step=6, data=bytes(12))
        image.header.stamp = node.get_clock().now().to_msg()
        publisher.publish(image)

    return show


def stop(process, number):
    """Send the signal; return the exit code, the time it took [s] and the log."""
    started_s = time.monotonic()
    process.send_signal(number)
    _, log = process.communicate(timeout=30.0)
    return process.returncode, time.monotonic() - started_s, log


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_during_an_inference_that_hangs(start, show, number):
    process = start(STUCK_IN_INFERENCE)
    show()
    assert process.stdout.readline() == 'inferring\n'
    code, took_s, log = stop(process, number)
    assert code == 0
    assert took_s < 5.0
    assert 'Traceback' not in log
    assert 'an inference is still running' in log


@pytest.mark.parametrize(
    'signals', [[signal.SIGTERM], [signal.SIGINT], [signal.SIGINT, signal.SIGINT]]
)
def test_the_process_ends_cleanly_during_an_inference_with_a_real_model(
    start, show, graph, tiny_checkpoint, signals
):
    process = start(REAL, f'checkpoint:={tiny_checkpoint}', 'inference_rate_hz:=1000.0')
    for _ in range(20):
        show()
        graph.spin_for(0.02)
    for number in signals:
        process.send_signal(number)
    _, log = process.communicate(timeout=30.0)
    assert process.returncode == 0
    assert [line for line in log.splitlines() if not line.startswith(ROUTINE)] == []


def test_the_process_ends_while_it_executes_a_goal(start, graph):
    process = start(STUCK_IN_INFERENCE)
    client = ActionClient(graph.node('client'), ExecuteInstruction, 'execute_instruction')
    graph.spin_until(client.server_is_ready, 'the action server')
    goal = ExecuteInstruction.Goal(instruction='pick the knife', max_duration=Duration(sec=60))
    future = client.send_goal_async(goal)
    graph.spin_until(future.done, 'the answer to the goal')
    assert future.result().accepted
    client.destroy()
    code, took_s, log = stop(process, signal.SIGTERM)
    assert code == 0
    assert took_s < 5.0
    assert 'Traceback' not in log


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_while_it_loads_its_checkpoint(start, number):
    process = start(STUCK_IN_LOADING, waits=False)
    assert process.stdout.readline() == 'loading\n'
    code, took_s, log = stop(process, number)
    assert code == 0
    assert took_s < 20.0  # loading takes 60 s
    assert 'Traceback' not in log
