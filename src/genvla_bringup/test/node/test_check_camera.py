# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""check_camera at the simulated camera."""

from __future__ import annotations

from functools import partial
import threading

import pytest
from rclpy.parameter import Parameter

from genvla_bringup.check_camera import main
from genvla_sim.ros.usb_cam import UsbCamNode
from genvla_sim.simulated_arm import SimulatedArm
from genvla_sim.simulation_loop import SimulationLoop
from genvla_sim.tabletop_simulation import TabletopSimulation


@pytest.fixture
def camera(graph, domain_id, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    loop = SimulationLoop(SimulatedArm(TabletopSimulation(('carrot',))))
    small = [Parameter('framerate', value=10.0), Parameter('image_width', value=320)]
    graph.node(
        partial(UsbCamNode, loop),
        namespace='camera',
        parameter_overrides=[*small, Parameter('image_height', value=240)],
    )
    loop.start()
    yield
    loop.stop()


def check(graph, *arguments):
    ended = []
    checking = threading.Thread(target=lambda: ended.append(main(['check_camera', *arguments])))
    checking.start()
    graph.spin_until(lambda: not checking.is_alive(), 'the end of the check')
    return ended[0]


def test_what_it_shows_is_kept_and_found_again(graph, camera, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('genvla_bringup.check_camera._FIRST_PICTURE_S', 60.0)
    reference = str(tmp_path / 'reference.png')
    short = ('--rate', '8', '--duration', '2')
    check(graph, *short, '--save', reference)
    assert 'framing' not in capsys.readouterr().out
    check(graph, *short, '--reference', reference)
    # Not its verdict: how regularly pictures come is for a machine with nothing else to do.
    assert '| framing | +0 px right, +0 px down | ok |' in capsys.readouterr().out


def test_without_a_camera_it_says_so(graph, domain_id, monkeypatch, capsys):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    monkeypatch.setattr('genvla_bringup.check_camera._FIRST_PICTURE_S', 0.3)
    assert check(graph, '--topic', 'nowhere/image_raw') == 1
    assert '0 pictures on nowhere/image_raw' in capsys.readouterr().err
