# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A robot that answers the console like the real nodes, and records the requests."""

from __future__ import annotations

from functools import partial
import threading

from genvla_msgs.msg import ActionChunk, EndEffectorDelta
from genvla_msgs.srv import SetInstruction, StartEpisode, StopEpisode
from geometry_msgs.msg import PoseStamped, Vector3
import numpy as np
import pytest
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.qos import COMMAND, HEARTBEAT, STATUS_LATCHED, USB_CAM, XS_SDK
from genvla_viperx.arm import vx300s

NAMES = [*vx300s.JOINT_NAMES, 'gripper', 'left_finger', 'right_finger']


class Robot:
    """Bridge, policy, recorder, driver and camera in one process."""

    def __init__(self, graph):
        self.graph, self.asked, self.held = graph, [], 0
        self.gate, self.is_held = threading.Event(), False
        self.gate.set()
        self.bridge = graph.node(partial(Node, 'viperx_bridge', enable_rosout=False))
        self.bridge.declare_parameter('table_height', 0.01)
        self.bridge.declare_parameter('keep_out_boxes', [0.0, 0.3, 0.0, 0.1, 0.4, 0.8])
        self.policy = graph.node('policy')
        self._recorder = graph.node('episode_recorder')
        self._driver = graph.node('xs_sdk', namespace='vx300s')
        self._camera = graph.node('usb_cam')
        self._state = self.bridge.create_publisher(String, '~/state', STATUS_LATCHED)
        self._poses = self.bridge.create_publisher(PoseStamped, 'ee_pose', COMMAND)
        told = self.policy.create_publisher(String, '~/trained_on', STATUS_LATCHED)
        told.publish(String(data='pick the carrot\npick the knife'))
        self._instruction = self.policy.create_publisher(String, '~/instruction', STATUS_LATCHED)
        self._chunks = self.policy.create_publisher(ActionChunk, 'action_chunk', COMMAND)
        self._joints = self._driver.create_publisher(JointState, 'joint_states', XS_SDK)
        self._pictures = self._camera.create_publisher(Image, 'camera/image_raw', USB_CAM)
        self._of_bridge = DiagnosticsPublisher(self.bridge)
        self._of_policy = DiagnosticsPublisher(self.policy)
        self.bridge.create_subscription(Bool, '~/dead_man', self._hold, HEARTBEAT)
        for name in ('stop', 'resume', 'home', 'sleep', 'clear_fault'):
            group = MutuallyExclusiveCallbackGroup()
            self.bridge.create_service(
                Trigger, f'~/{name}', self._trigger(name), callback_group=group
            )
        self.policy.create_service(SetInstruction, '~/set_instruction', self._instruct)
        self._recorder.create_service(StartEpisode, '~/start', self._record)
        self._recorder.create_service(StopEpisode, '~/stop', self._end_record)
        self.q = list(vx300s.BRIDGE_START_JOINTS)
        self.arm_state, self.is_silent = 'holding', False
        self._camera.create_timer(0.1, self._publish)

    def _publish(self):
        if self.is_silent:
            return
        self._state.publish(String(data=self.arm_state))
        figures = {
            'state': self.arm_state,
            'interventions.workspace': 3,
            'interventions.effort': 0,
        }
        self._of_bridge.publish(Status(Level.OK, f'{self.arm_state}: why', figures))
        self._of_policy.publish(Status(Level.OK, 'following', {'latency_p50_ms': 41.0}))
        self._joints.publish(JointState(name=NAMES, position=[*self.q, 0.0, 0.04, -0.04]))
        pose = PoseStamped()
        pose.pose.position.x = 0.3
        self._poses.publish(pose)
        picture = np.full((24, 32, 3), 120, np.uint8)
        self._pictures.publish(
            Image(height=24, width=32, step=96, encoding='rgb8', data=picture.tobytes())
        )

    def send_chunk(self):
        deltas = [EndEffectorDelta(translation=Vector3(x=0.01))] * 2
        self._chunks.publish(
            ActionChunk(
                sequence=1,
                instruction='pick the carrot',
                actions=deltas,
                text='0.1 0.2 0.3 0.4 0.5 0.6 1.0 0.2 0.2 0.2 0.2 0.2 0.2 1.0',
                confidence=[0.9, 0.4],
                num_committed=1,
            )
        )

    def _hold(self, message):
        self.held += message.data
        self.is_held = message.data

    def _trigger(self, name):
        def answer(_request, response):
            if name != 'stop':
                self.gate.wait(30.0)
            self.asked.append(name)
            self.arm_state = 'stopped' if name == 'stop' else 'holding'
            response.success, response.message = True, f'{name} is done'
            return response

        return answer

    def _instruct(self, request, response):
        self.gate.wait(30.0)
        self.asked.append(('instruct', request.instruction))
        self._instruction.publish(String(data=request.instruction))
        response.accepted, response.message = True, 'followed'
        return response

    def _record(self, request, response):
        self.asked.append(('record', request.instruction))
        response.accepted, response.message, response.bag = True, 'recording', '/bags/1'
        return response

    def _end_record(self, request, response):
        self.asked.append(('end', request.outcome))
        response.accepted = request.outcome != 'failure'
        response.message, response.bag = 'the disk is full', '/bags/1'
        return response


@pytest.fixture
def robot(graph):
    return Robot(graph)
