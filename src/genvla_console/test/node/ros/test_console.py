# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The data that the console receives, and the requests that it sends."""

from __future__ import annotations

import threading
import time

from geometry_msgs.msg import TransformStamped
import pytest
from sensor_msgs.msg import CameraInfo

from genvla_console.ros.controls import Controls
from genvla_console.ros.listener import Listener
from genvla_console.web import robot_view
from genvla_console.web.steering import NotGranted
from genvla_console.web.token import NotAllowed, Token
from genvla_node.qos import SENSOR, STATUS_LATCHED
from tf2_msgs.msg import TFMessage

TOKEN = 'secretsecret'


@pytest.fixture
def node(graph):
    return graph.node('console')


def ask(controls, token, name, text=''):
    """Send a request that arrives at once."""
    return controls.ask(token, time.monotonic(), name, text)


@pytest.fixture
def controls(graph, robot, node):
    """Controls of a node that is spun in the background."""
    made = Controls(node, Token(TOKEN))
    with graph.spinning():
        yield made


def test_the_listener_receives_everything_that_the_page_shows(graph, robot, node):
    view = Listener(node, robot_name='vx300s', image_topic='camera/image_raw').view
    graph.spin_until(lambda: view.tool_3 is not None and view.q is not None, 'the arm')
    robot.send_chunk()
    graph.spin_until(lambda: view.chunk is not None, 'the chunk')
    graph.spin_until(lambda: view.picture() is not None, 'a picture')
    for sensor in (robot_view.JOINTS, robot_view.PICTURE):
        graph.spin_until(lambda sensor=sensor: not view.silence(sensor), sensor)
    assert view.state == 'holding'
    assert view.trained_on == ('pick the carrot', 'pick the knife')
    assert view.is_there(robot_view.BRIDGE)
    assert view.is_there(robot_view.POLICY)
    assert not view.is_there(robot_view.SUPERVISOR)
    assert view.messages[robot_view.BRIDGE] == 'holding: why'
    assert view.interventions() == {'workspace': 3}
    assert view.finger_m == pytest.approx(0.04)
    assert view.chunk.path_N3[:, 0].tolist() == pytest.approx([0.3, 0.31, 0.32])
    assert view.chunk.num_committed == 1
    graph.spin_until(lambda: view.obstacles is not None, 'the obstacles')
    assert view.obstacles.table_height == 0.01
    assert view.obstacles.boxes.tolist() == [[0.0, 0.3, 0.0, 0.1, 0.4, 0.8]]


def test_the_token_gives_control(controls, robot):
    assert ask(controls, TOKEN, 'instruct', 'pick the knife') == 'followed'
    assert ask(controls, TOKEN, 'home') == 'home is done'
    assert ask(controls, TOKEN, 'record', 'pick the knife') == 'recording (/bags/1)'
    assert ask(controls, TOKEN, 'end_record', 'success') == 'the disk is full (/bags/1)'
    assert robot.asked == [
        *(('instruct', 'pick the knife'), 'home'),
        *(('record', 'pick the knife'), ('end', 'success')),
    ]


@pytest.mark.parametrize('token', [None, '', 'secretsecreT'])
def test_without_the_token_requests_are_rejected(controls, robot, token):
    for name in ('instruct', 'resume', 'home', 'sleep', 'clear_fault', 'record', 'end_record'):
        with pytest.raises(NotAllowed):
            ask(controls, token, name, 'pick the knife')
    with pytest.raises(NotAllowed):
        controls.hold_dead_man(token, time.monotonic(), held=True)
    assert robot.asked == []
    assert robot.held == 0


def test_late_requests_do_nothing(controls, robot):
    late_s = time.monotonic() - 1.0
    for name in ('instruct', 'resume', 'home', 'sleep', 'clear_fault', 'record', 'end_record'):
        with pytest.raises(NotGranted, match='nothing was sent'):
            controls.ask(TOKEN, late_s, name, 'pick the knife')
    with pytest.raises(NotGranted, match='nothing was sent'):
        controls.hold_dead_man(TOKEN, late_s, held=True)
    controls.hold_dead_man(TOKEN, late_s, held=False)
    assert controls.ask(TOKEN, late_s, 'instruct', 'stop') == 'stop is done'
    assert robot.asked == ['stop']
    assert robot.held == 0


def test_a_stop_needs_no_token(controls, robot):
    assert controls.stop() == 'stop is done'
    assert controls.ask(None, None, 'instruct', 'Stop!') == 'stop is done'
    assert robot.asked == ['stop', 'stop']


def test_rejected_and_unknown_requests_are_reported(controls):
    with pytest.raises(NotGranted, match='the disk is full'):
        ask(controls, TOKEN, 'end_record', 'failure')
    with pytest.raises(NotGranted, match="unknown request 'shutdown'"):
        ask(controls, TOKEN, 'shutdown')


def test_the_dead_man_switch_is_held_only_by_repeated_messages(controls, robot):
    ends_s = time.monotonic() + 30.0
    while not robot.held and time.monotonic() < ends_s:
        controls.hold_dead_man(TOKEN, time.monotonic(), held=True)
        time.sleep(0.1)
    time.sleep(0.3)
    held = robot.held
    assert held
    time.sleep(0.5)
    assert robot.held == held


def test_a_stop_during_a_request_takes_precedence(controls, robot):
    controls.stop()  # the service is discovered
    robot.gate.clear()
    resuming = threading.Thread(target=ask, args=(controls, TOKEN, 'resume'))
    resuming.start()
    time.sleep(0.5)
    controls.stop()
    robot.gate.set()
    resuming.join()
    assert robot.asked[-1] == 'stop'
    assert robot.arm_state == 'stopped'


def test_a_request_for_a_missing_node_fails_and_is_not_kept(graph, node):
    controls = Controls(node, Token(TOKEN))
    with graph.spinning():
        with pytest.raises(NotGranted, match='home was not available'):
            ask(controls, TOKEN, 'home')
        with pytest.raises(NotGranted, match=r'NOT STOPPED.*cut the power'):
            controls.stop()


def test_a_camera_with_an_invalid_pose_is_ignored(graph, robot, node):
    view = Listener(node, robot_name='vx300s', image_topic='camera/image_raw').view
    camera = graph.node('odd_camera')
    infos = camera.create_publisher(CameraInfo, 'camera/camera_info', SENSOR)
    frames = camera.create_publisher(TFMessage, '/tf_static', STATUS_LATCHED)
    odd = TransformStamped(child_frame_id='odd')
    odd.header.frame_id = 'vx300s/base_link'
    odd.transform.rotation.w = 0.0
    frames.publish(TFMessage(transforms=[odd]))
    for size in (0, 640):
        info = CameraInfo(width=size, height=size, k=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])
        info.header.frame_id = 'odd'
        for _ in range(5):
            infos.publish(info)
            graph.spin_for(0.1)
    graph.spin_until(lambda: view.state, 'it still hears')
    assert view.camera is None
