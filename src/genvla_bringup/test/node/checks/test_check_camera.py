# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run check_camera on the simulated camera."""

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


def test_a_saved_image_matches_as_the_reference(graph, camera, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('genvla_bringup.checks.check_camera._FIRST_PICTURE_S', 60.0)
    reference = str(tmp_path / 'reference.png')
    short = ('--rate', '8', '--duration', '2')
    check(graph, *short, '--save', reference)
    assert 'framing' not in capsys.readouterr().out
    check(graph, *short, '--reference', reference)
    # Do not check the verdict on regularity: it needs a machine without other load.
    assert '| framing | +0 px right, +0 px down | ok |' in capsys.readouterr().out


def test_an_image_saved_over_the_reference_is_compared_with_the_old_one(
    graph, camera, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr('genvla_bringup.checks.check_camera._FIRST_PICTURE_S', 60.0)
    file = str(tmp_path / 'reference.png')
    cv2.imwrite(file, np.zeros((240, 320, 3), np.uint8))
    check(graph, '--rate', '8', '--duration', '2', '--reference', file, '--save', file)
    assert '| framing | +0 px right, +0 px down | ok |' not in capsys.readouterr().out


def test_a_damaged_reference_is_reported_before_the_camera_is_watched(graph, tmp_path, capsys):
    file = tmp_path / 'reference.png'
    cv2.imwrite(str(file), np.zeros((240, 320, 3), np.uint8))
    file.write_bytes(file.read_bytes()[:40])
    assert check(graph, '--topic', 'nowhere/image_raw', '--reference', str(file)) == 1
    assert 'reference.png is not a readable image' in capsys.readouterr().err


def test_a_missing_camera_is_reported(graph, domain_id, monkeypatch, capsys):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    monkeypatch.setattr('genvla_bringup.checks.check_camera._FIRST_PICTURE_S', 0.3)
    assert check(graph, '--topic', 'nowhere/image_raw') == 1
    assert 'no image on nowhere/image_raw' in capsys.readouterr().err


def test_an_unknown_encoding_is_reported(graph, domain_id, monkeypatch, capsys):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    node = graph.node('odd_camera')
    publisher = node.create_publisher(Image, 'camera/image_raw', USB_CAM)
    node.create_timer(0.05, lambda: publisher.publish(Image(encoding='y102mono8')))
    assert check(graph) == 1
    assert "'y102mono8' is not supported" in capsys.readouterr().err


def test_a_screen_clock_is_shown_before_the_camera_is_watched(
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
        (['--reference', 'nowhere.png'], 'is not a readable image'),
    ],
)
def test_an_invalid_command_line_is_refused(arguments, says, capsys):
    with pytest.raises(SystemExit):
        main(['check_camera', *arguments])
    assert says in capsys.readouterr().err
