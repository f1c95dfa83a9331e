# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""check_camera at the simulated camera."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image

from genvla_bringup.checks.check_camera import main
from genvla_node.qos import USB_CAM
from genvla_sim.physics.simulated_arm import SimulatedArm
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.ros.usb_cam import UsbCamNode


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
    with graph.spinning():
        return main(['check_camera', *arguments])


def test_what_it_shows_is_kept_and_found_again(graph, camera, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('genvla_bringup.checks.check_camera._FIRST_PICTURE_S', 60.0)
    reference = str(tmp_path / 'reference.png')
    short = ('--rate', '8', '--duration', '2')
    check(graph, *short, '--save', reference)
    assert 'framing' not in capsys.readouterr().out
    check(graph, *short, '--reference', reference)
    # Not its verdict: how regularly pictures come is for a machine with nothing else to do.
    assert '| framing | +0 px right, +0 px down | ok |' in capsys.readouterr().out


def test_a_picture_that_is_saved_over_the_reference_is_compared_with_the_old_one(
    graph, camera, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr('genvla_bringup.checks.check_camera._FIRST_PICTURE_S', 60.0)
    file = str(tmp_path / 'reference.png')
    cv2.imwrite(file, np.zeros((240, 320, 3), np.uint8))
    check(graph, '--rate', '8', '--duration', '2', '--reference', file, '--save', file)
    assert '| framing | +0 px right, +0 px down | ok |' not in capsys.readouterr().out


def test_a_damaged_reference_is_named_before_the_camera_is_looked_at(graph, tmp_path, capsys):
    file = tmp_path / 'reference.png'
    cv2.imwrite(str(file), np.zeros((240, 320, 3), np.uint8))
    file.write_bytes(file.read_bytes()[:40])
    assert check(graph, '--topic', 'nowhere/image_raw', '--reference', str(file)) == 1
    assert 'reference.png is no picture that can be read' in capsys.readouterr().err


def test_without_a_camera_it_says_so(graph, domain_id, monkeypatch, capsys):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    monkeypatch.setattr('genvla_bringup.checks.check_camera._FIRST_PICTURE_S', 0.3)
    assert check(graph, '--topic', 'nowhere/image_raw') == 1
    assert 'no picture on nowhere/image_raw' in capsys.readouterr().err


def test_pictures_of_an_unknown_encoding_are_named(graph, domain_id, monkeypatch, capsys):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    node = graph.node('odd_camera')
    publisher = node.create_publisher(Image, 'camera/image_raw', USB_CAM)
    node.create_timer(0.05, lambda: publisher.publish(Image(encoding='y102mono8')))
    assert check(graph) == 1
    assert "'y102mono8' is not supported" in capsys.readouterr().err


def test_a_screen_clock_is_shown_before_the_camera_is_looked_at(
    graph, camera, tmp_path, monkeypatch, capsys
):
    opened = []
    monkeypatch.setattr('webbrowser.open', opened.append)
    monkeypatch.setattr('builtins.input', lambda: '')
    page = tmp_path / 'clock.html'
    assert check(graph, '--screen-clock', str(page), '--rate', '8', '--duration', '1') == 1
    assert opened == [page.as_uri()]
    assert '<canvas>' in page.read_text()
    assert 'the clock was read in 0 of' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('arguments', 'says'),
    [
        (['--duration', '0'], 'expected a number above 0'),
        (['--save', 'reference'], 'ends in .png or .jpg'),
        (['--reference', 'nowhere.png'], 'no picture that can be read'),
    ],
)
def test_a_command_line_that_cannot_be_is_refused(arguments, says, capsys):
    with pytest.raises(SystemExit):
        main(['check_camera', *arguments])
    assert says in capsys.readouterr().err
