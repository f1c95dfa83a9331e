# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The doctor listens to the running nodes; its exit status shows whether something is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from sensor_msgs.msg import Image, JointState

from genvla_bringup.doctor import command
from genvla_bringup.doctor.running import listen
from genvla_bringup.doctor.running_checks import check_running
from genvla_command.findings import Finding
from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.qos import USB_CAM, XS_SDK
from genvla_node.spinning import spun_node
from interbotix_xs_msgs.msg import JointGroupCommand


def test_nodes_in_a_namespace_are_found_and_a_second_commander_is_named(graph, domain_id):
    driver = graph.node('xs_sdk', namespace='/left/arm')
    joints = driver.create_publisher(JointState, 'joint_states', XS_SDK)
    driver.create_timer(0.01, lambda: joints.publish(JointState()))
    bridge = graph.node('viperx_bridge', namespace='/left')
    diagnostics = DiagnosticsPublisher(bridge)
    bridge.create_timer(0.05, lambda: diagnostics.publish(Status(Level.WARN, 'stopped: why', {})))
    for node in (bridge, graph.node('joy', namespace='/left')):
        node.create_publisher(JointGroupCommand, '/left/arm/commands/joint_group', XS_SDK)
    camera = graph.node('usb_cam', namespace='/left')
    pictures = camera.create_publisher(Image, 'camera/image_raw', USB_CAM)
    grey = np.full((12, 16, 3), 120, np.uint8).tobytes()
    picture = Image(height=12, width=16, step=48, encoding='rgb8', data=grey)
    camera.create_timer(0.03, lambda: pictures.publish(picture))
    args = ['doctor', '--ros-args', '-r', '__ns:=/left']
    with graph.spinning(), spun_node('doctor', args=args, domain_id=domain_id) as node:
        running = listen(
            node, robot_name='arm', image_topics=('camera/image_raw',), duration_s=2.0
        )
    assert running.joint_states_hz > 10.0
    assert running.drivers == {'/left/arm/xs_sdk'}
    assert running.shots['camera/image_raw']
    found = {
        each.what: each.objection
        for each in check_running(running, namespace='/left', camera_hz=30.0)
    }
    assert found['viperx_bridge'].startswith('stopped: why')
    assert found['arm commands from'] == 'end /left/joy: only one node may command an arm'


@pytest.mark.parametrize(
    ('objection', 'status', 'verdict'), [('', 0, 'all is well'), ('free it', 1, '1 need a look')]
)
def test_the_exit_status_shows_whether_something_is_wrong(
    monkeypatch, capsys, objection, status, verdict
):
    found = [[Finding('disk', '1 GB', objection)], [], []]
    monkeypatch.setattr(command, 'examine', lambda options, args: found)
    assert command.main([]) == status
    out = capsys.readouterr().out
    assert verdict in out
    assert 'disk: 1 GB' in out
    assert objection in out


def test_ros2_doctor_counts_what_is_wrong():
    pytest.importorskip('ros2doctor', reason='ros2doctor is not on PyPI')
    from genvla_bringup.doctor.ros2_doctor import GenvlaCheck, to_result

    assert GenvlaCheck().category() == 'genvla'
    wrong = [Finding('disk', '1 GB', 'free it'), Finding('load', '0.1')]
    with pytest.warns(Warning, match='disk: 1 GB; free it'):
        assert to_result(wrong).error == 1
