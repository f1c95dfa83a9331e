# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The health of nodes as an exit status."""

from __future__ import annotations

import threading

import pytest

from genvla_bringup.operate.health import main
from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status


@pytest.fixture
def speak(graph, domain_id, monkeypatch):
    """Lets a node repeat a status while the test continues."""
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    ending = threading.Event()
    threads = []

    def begin(name, level, **kwargs):
        publisher = DiagnosticsPublisher(graph.node(name, **kwargs))

        def repeat():
            while not ending.wait(0.05):
                publisher.publish(Status(level, 'the arm is cold', {}))

        threads.append(threading.Thread(target=repeat))
        threads[-1].start()

    yield begin
    ending.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize('level', [Level.OK, Level.WARN])
def test_nodes_without_errors_are_healthy(speak, level):
    speak('viperx_bridge', level)
    speak('policy', Level.OK)
    assert main(['viperx_bridge', 'policy']) == 0


def test_an_error_is_not_healthy_and_is_printed(speak, capsys):
    speak('viperx_bridge', Level.ERROR)
    assert main(['viperx_bridge']) == 1
    assert capsys.readouterr().err == 'viperx_bridge: the arm is cold\n'


def test_a_node_without_diagnostics_is_not_healthy(speak, capsys):
    speak('policy', Level.OK)
    assert main(['viperx_bridge', 'policy', '--timeout', '1']) == 1
    assert 'viperx_bridge publishes nothing' in capsys.readouterr().err


def test_the_namespace_is_set_by_ros_args(speak):
    speak('viperx_bridge', Level.ERROR)
    speak('viperx_bridge', Level.OK, namespace='/left')
    assert main(['viperx_bridge', '--ros-args', '-r', '__ns:=/left']) == 0
    assert main(['left/viperx_bridge']) == 0
    assert main(['viperx_bridge']) == 1
