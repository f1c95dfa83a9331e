# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""ActionChunk and JointState into the bridge, in any order, with any numbers in them."""

import struct

from builtin_interfaces.msg import Duration, Time
from genvla_msgs.msg import ActionChunk, EndEffectorDelta
from geometry_msgs.msg import Vector3
import numpy as np
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from genvla_viperx.arm import vx300s
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.controller import ArmController
from genvla_viperx.ros.conversions import JointStateReader, chunk_from_msg
from genvla_viperx.safety.refusal import Refusal

FRAME, PERIOD_S, TICK_S = 'vx300s/base_link', 0.2, 0.01
NAMES = [*vx300s.JOINT_NAMES, 'gripper', 'left_finger', 'right_finger']
_ROUND = struct.Struct('<BBbbH')
_NUMBERS = struct.Struct('<7d')
_ROUNDS = 12
EXPECTED = ()


def _seed(kind):
    numbers = _NUMBERS.pack(0.01, 0.0, -0.005, 0.0, 0.0, 0.1, 1.0)
    return (_ROUND.pack(kind, 4, 0, 0, 1) + numbers) * 3


SEEDS = [_seed(kind) for kind in range(6)]


def _chunk(sequence, now_s, steps, age, numbers):
    sent_s = now_s - 0.05 * age
    stamp = Time(sec=max(0, int(sent_s)), nanosec=int(sent_s % 1.0 * 1e9))
    action = EndEffectorDelta(
        translation=Vector3(x=numbers[0], y=numbers[1], z=numbers[2]),
        rotation=Vector3(x=numbers[3], y=numbers[4], z=numbers[5]),
        gripper=numbers[6],
    )
    return ActionChunk(
        header=Header(stamp=stamp, frame_id=FRAME),
        step_period=Duration(nanosec=int(PERIOD_S * 1e9)),
        sequence=sequence,
        actions=[action] * (steps % 40),
        num_committed=age % 5 if age > 0 else 0,
        first_slot=max(0, age),
    )


class Loop:
    """The bridge's controller and an arm that follows it, ticked at 100 Hz."""

    def __init__(self):
        self.controller = ArmController(ControllerConfig())
        self.reader = JointStateReader()
        self.now_s, self.q = 1000.0, np.array(vx300s.BRIDGE_START_JOINTS)
        self.run(0.1)
        self.controller.activate(self.now_s)
        self.run(0.1)

    def joint_state(self, positions, names=NAMES):
        stamp = Time(sec=int(self.now_s), nanosec=int(self.now_s % 1.0 * 1e9))
        message = JointState(header=Header(stamp=stamp), name=list(names), position=positions)
        sample = self.reader.read(message)
        if not isinstance(sample, Refusal):
            self.controller.accept_joint_sample(sample, self.now_s)

    def run(self, duration_s):
        for _ in range(round(duration_s / TICK_S)):
            self.now_s += TICK_S
            self.joint_state([*self.q.tolist(), 0.0, 0.04, -0.04])
            self.controller.accept_heartbeat(self.now_s)
            command = self.controller.tick(self.now_s)
            if command is not None:
                self.obey(command.q)

    def obey(self, q):
        assert np.isfinite(q).all(), f'a command that is not finite: {q}'
        low, high = vx300s.JOINT_LOWER, vx300s.JOINT_UPPER
        assert (q >= low - 1e-9).all(), f'a command below the limits: {q}'
        assert (q <= high + 1e-9).all(), f'a command above the limits: {q}'
        self.q = self.q + np.clip(q - self.q, -0.05, 0.05)


def attack(data):
    loop = Loop()
    size = _ROUND.size + _NUMBERS.size
    for at in range(0, min(len(data), _ROUNDS * size), size):
        part = data[at : at + size].ljust(size, b'\0')
        kind, steps, age, names, sequence = _ROUND.unpack_from(part)
        numbers = list(_NUMBERS.unpack_from(part, _ROUND.size))
        if kind % 6 == 0:
            loop.joint_state(numbers + numbers[:2], NAMES[: names % 10])
        elif kind % 6 == 1:
            loop.joint_state((numbers + numbers)[: steps % 14])
        elif kind % 6 == 2:
            loop.controller.stop(loop.now_s)
        elif kind % 6 == 3:
            loop.controller.resume(loop.now_s)
        else:
            chunk = chunk_from_msg(_chunk(sequence, loop.now_s, steps, age, numbers), FRAME)
            if not isinstance(chunk, Refusal):
                loop.controller.accept_chunk(chunk, loop.now_s)
        loop.run(0.05 * (1 + steps % 4))
