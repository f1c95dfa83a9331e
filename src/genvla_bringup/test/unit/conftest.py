# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag2 import CompressionMode

from genvla_bags.bag_writer import BagWriter


class BagScript:
    """Writes the bag of an invented run, message by message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bag = BagWriter(folder, compression=CompressionMode.STORAGE)
        self.make = self._bag.message
        self.close = self._bag.close

    def duration(self, time_s):
        seconds, nanoseconds = divmod(round(time_s * 1e9), 1_000_000_000)
        return self.make('builtin_interfaces/msg/Duration', sec=seconds, nanosec=nanoseconds)

    def header(self, time_s):
        return self._bag.header(round(time_s * 1e9), 'base')

    def write(self, time_s, topic, name, /, **fields):
        self._bag.write(topic, self.make(name, **fields), round(time_s * 1e9))

    def transition(self, time_s, label):
        state = self.make('lifecycle_msgs/msg/State', id=0, label=label)
        self.write(
            time_s,
            '/policy/transition_event',
            'lifecycle_msgs/msg/TransitionEvent',
            timestamp=0,
            transition=self.make('lifecycle_msgs/msg/Transition', id=0, label=''),
            start_state=state,
            goal_state=state,
        )

    def instruction(self, time_s, text):
        self.write(time_s, '/policy/instruction', 'std_msgs/msg/String', data=text)

    def delta(self):
        zero = self.make('geometry_msgs/msg/Vector3', x=0.0, y=0.0, z=0.0)
        return self.make(
            'genvla_msgs/msg/EndEffectorDelta', translation=zero, rotation=zero, gripper=1.0
        )

    def executed(self, begin_s, *, sequence, step):
        self.write(
            begin_s,
            '/viperx_bridge/executed_step',
            'genvla_msgs/msg/ExecutedStep',
            header=self.header(begin_s),
            slot=1,
            chunk_sequence=sequence,
            chunk_step=step,
            instruction='pick up the carrot',
            step_period=self.duration(0.2),
            executed=self.delta(),
            refused=False,
            speed_scale=1.0,
        )

    def chunk(
        self,
        time_s,
        *,
        age_s=0.1,
        inference_s=0.08,
        text='0.5 0.0',
        sequence=0,
        num_committed=0,
    ):
        action = self.delta()
        self.write(
            time_s,
            '/action_chunk',
            'genvla_msgs/msg/ActionChunk',
            header=self.header(time_s - age_s),
            sequence=sequence,
            instruction='pick up the carrot',
            step_period=self.duration(0.2),
            actions=[action] * (num_committed + 1),
            confidence=np.full(num_committed + 1, 0.5, dtype=np.float32),
            text=text,
            inference_time=self.duration(inference_s),
            checkpoint='tiny',
            first_slot=0,
            num_committed=num_committed,
        )

    def command(self, time_s, joints=(0.0,) * 6):
        self.write(
            time_s,
            '/vx300s/commands/joint_group',
            'interbotix_xs_msgs/msg/JointGroupCommand',
            name='arm',
            cmd=np.array(joints, dtype=np.float32),
        )

    def ee_pose(self, time_s, xyz):
        x, y, z = xyz
        pose = self.make(
            'geometry_msgs/msg/Pose',
            position=self.make('geometry_msgs/msg/Point', x=x, y=y, z=z),
            orientation=self.make('geometry_msgs/msg/Quaternion', x=0.0, y=0.0, z=0.0, w=1.0),
        )
        self.write(
            time_s,
            '/ee_pose',
            'geometry_msgs/msg/PoseStamped',
            header=self.header(time_s),
            pose=pose,
        )

    def joint_states(self, time_s, finger_m=0.039):
        empty = np.array([], dtype=np.float64)
        self.write(
            time_s,
            '/vx300s/joint_states',
            'sensor_msgs/msg/JointState',
            header=self.header(time_s),
            name=['left_finger'],
            position=np.array([finger_m]),
            velocity=empty,
            effort=empty,
        )

    def image(self, time_s, grey, encoding='rgb8'):
        self.write(
            time_s,
            '/camera/image_raw',
            'sensor_msgs/msg/Image',
            header=self.header(time_s),
            height=48,
            width=64,
            encoding=encoding,
            is_bigendian=0,
            step=192,
            data=np.full(48 * 64 * 3, grey, dtype=np.uint8),
        )

    def lifted(self, time_s, thing):
        self.write(time_s, '/sim/lifted', 'std_msgs/msg/String', data=thing)

    def success(self, time_s, done):
        self.write(time_s, '/sim/success', 'std_msgs/msg/Bool', data=done)

    def diagnostics(self, time_s, node, message='', **values):
        pairs = [
            self.make('diagnostic_msgs/msg/KeyValue', key=key, value=str(value))
            for key, value in values.items()
        ]
        status = self.make(
            'diagnostic_msgs/msg/DiagnosticStatus',
            level=0,
            name=node,
            message=message,
            hardware_id='',
            values=pairs,
        )
        self.write(
            time_s,
            '/diagnostics',
            'diagnostic_msgs/msg/DiagnosticArray',
            header=self.header(time_s),
            status=[status],
        )

    def bridge(self, time_s, message):
        """Write a status of the bridge, without intervention counts."""
        self.diagnostics(time_s, 'viperx_bridge', message, state=message.partition(':')[0])

    def ten_seconds(self, *, diagnostics=True):
        """Write a whole small run: active from 10 s to 20 s, another instruction at 15 s."""
        self.instruction(9.0, 'pick up the carrot')
        self.command(9.5)  # moving to the start pose
        self.transition(9.6, 'activating')
        self.transition(10.0, 'active')
        for index in range(50):
            time_s = 10.1 + 0.2 * index
            self.image(time_s - 0.1, grey=4 * index)
            self.joint_states(time_s - 0.05)
            self.chunk(time_s)
            self.command(time_s + 0.004)
            self.ee_pose(time_s + 0.05, (0.3 + 0.01 * index, 0.0, 0.15))
        self.instruction(15.0, 'put the carrot on the plate')
        if diagnostics:
            counts = {'interventions.step_clip': 3, 'interventions.workspace': 0}
            self.diagnostics(19.9, 'viperx_bridge', 'holding', state='holding', **counts)
            self.diagnostics(19.9, 'policy', decode_failures=0, trained='false', checkpoint='tiny')
        self.transition(20.0, 'deactivating')
        self.transition(20.1, 'inactive')


@pytest.fixture
def script(tmp_path):
    """Return a bag script; close it before reading the bag."""
    return BagScript(tmp_path / 'bag')


@pytest.fixture
def bag(script):
    """Return the bag of BagScript.ten_seconds."""
    script.ten_seconds()
    script.close()
    return script.folder
