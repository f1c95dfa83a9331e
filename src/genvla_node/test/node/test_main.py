# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The main function of a node, as a process."""

import signal
import subprocess
import sys

NODE = """
import sys
from rclpy.node import Node
from genvla_node.main import run

class Talker(Node):
    def __init__(self):
        super().__init__('talker')
        self.declare_parameter('rate_hz', 1.0)
        print('up', flush=True)

    def destroy_node(self):
        print('left safe', flush=True)
        super().destroy_node()

sys.exit(run(lambda: [Talker()], sys.argv))
"""


def start(*ros_args):
    return subprocess.Popen(
        [sys.executable, '-c', NODE, '--ros-args', *ros_args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_sigterm_destroys_the_nodes_and_exits_with_zero(domain_id, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    process = start()
    assert process.stdout.readline() == 'up\n'
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, 'left safe\n'), err


def test_a_parameter_of_the_wrong_type_exits_with_one_line(domain_id, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    _, err = start('-p', 'rate_hz:=fast').communicate(timeout=20)
    assert 'bad parameter' in err
    assert 'Traceback' not in err
