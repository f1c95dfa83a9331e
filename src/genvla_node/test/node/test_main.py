# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The main function of a node, as a process."""

import signal
import subprocess
import sys
import time

import pytest

NODE = """
import sys
import time
from rclpy.node import Node
from dataclasses import dataclass
from genvla_node.main import run
from genvla_node.parameters import NodeParameters, parameter

@dataclass(frozen=True)
class Params:
    rate_hz: float = parameter(1.0, 'Rate.', unit='Hz', le=20.0)

class Talker(Node):
    def __init__(self):
        super().__init__('talker')
        NodeParameters(self, Params)
        print('up', flush=True)

    def destroy_node(self):
        print('left safe, ROS up:', self.context.ok(), flush=True)
        super().destroy_node()

class Failing(Talker):
    def __init__(self):
        super().__init__()
        self.create_timer(0.01, self.fail)

    def fail(self):
        raise RuntimeError('callback failed')

class Busy(Talker):
    def __init__(self):
        super().__init__()
        self.create_timer(0.01, self.work)

    def work(self):
        print('working', flush=True)
        time.sleep(0.5)
        print('done', flush=True)

sys.exit(run(lambda: [{node}()], sys.argv))
"""


def start(*ros_args, node='Talker', prefix=('env', '--default-signal=HUP')):
    """Start a node; by default it hears SIGHUP, although the tests may run under nohup."""
    return subprocess.Popen(
        [*prefix, sys.executable, '-c', NODE.replace('{node}', node), '--ros-args', *ros_args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_destroys_the_nodes_while_ros_is_up(domain_id, monkeypatch, number):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    process = start()
    assert process.stdout.readline() == 'up\n'
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, 'left safe, ROS up: True\n'), err


@pytest.mark.parametrize(
    ('number', 'status'), [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 0)]
)
def test_a_process_can_report_its_termination_in_its_exit_status(
    domain_id, monkeypatch, number, status
):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    monkeypatch.setitem(globals(), 'NODE', NODE.replace('sys.argv)', 'sys.argv, terminated=143)'))
    process = start()
    assert process.stdout.readline() == 'up\n'
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == status


def test_nohup_keeps_a_node_running_when_its_terminal_closes(domain_id, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    monkeypatch.setitem(globals(), 'NODE', NODE.replace('sys.argv)', 'sys.argv, terminated=143)'))
    process = start(prefix=['nohup'])
    assert process.stdout.readline() == 'up\n'
    # The first signal that is not ignored decides about the exit status.
    for number in (signal.SIGHUP, signal.SIGINT):
        process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGHUP])
def test_repeated_signals_end_the_process_once(domain_id, monkeypatch, number):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    process = start()
    assert process.stdout.readline() == 'up\n'
    deadline_s = time.monotonic() + 20.0
    while process.poll() is None and time.monotonic() < deadline_s:
        process.send_signal(number)
    process.kill()
    out, err = process.communicate()
    assert (process.returncode, out, err) == (0, 'left safe, ROS up: True\n', '')


def test_a_running_callback_ends_before_its_node_is_destroyed(domain_id, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    process = start(node='Busy')
    assert [process.stdout.readline() for _ in range(2)] == ['up\n', 'working\n']
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert out.endswith('done\nleft safe, ROS up: True\n'), err
    assert (process.returncode, err) == (0, '')


def test_a_callback_that_raises_ends_the_process_with_its_traceback(domain_id, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    process = start(node='Failing')
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, 'up\nleft safe, ROS up: True\n')
    assert 'RuntimeError: callback failed' in err


def test_a_bad_parameter_ends_the_process_with_one_line(domain_id, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    process = start('-p', 'rate_hz:=50.0')
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (
        1,
        'cannot start: parameter rate_hz is 50.0; expected a number with a decimal point '
        'of at most 20 Hz, such as 1.0\n',
    )


@pytest.mark.parametrize(
    ('ros_args', 'says'),
    [
        (['-p', 'rate_hz'], "'-p rate_hz'"),
        (['--params-file', '/nowhere.yaml'], 'Error opening YAML file'),
        (['-r', 'x'], "remap rule: '-r x'"),
        (['-p', 'lower:=[0, -0.3]'], 'in a list of numbers write 0.0, not 0'),
    ],
)
def test_a_malformed_command_line_ends_the_process_without_a_traceback(
    domain_id, monkeypatch, ros_args, says
):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    process = start(*ros_args)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    last_line = err.splitlines()[-1]
    assert last_line.startswith('cannot start: ')
    assert says in last_line
    assert 'Traceback' not in err
