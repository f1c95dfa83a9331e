# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge without ROS: an arm that follows perfectly, and its own clock."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_viperx.arm import kinematics, vx300s
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.controller import ArmController
from genvla_viperx.watch.joint_states import JointSample

START = vx300s.BRIDGE_START_JOINTS
SAG = np.array([0.0, 0.04, 0.0, 0.0, 0.0, 0.0])


class Bench:
    """A controller with a perfect arm: it reaches its commanded position 10 ms later.

    The readings follow the arm at 10 rad/s, the highest speed that is accepted. Joints in
    `blocked` do not move at all.
    """

    def __init__(self, config, q=START):
        self.controller = ArmController(config)
        self.now_s = 100.0
        self.q = np.array(q)
        self.measured = self.q.copy()
        self.effort_ma = None
        self.sends_joint_states = True
        self.sends_heartbeats = True
        self.blocked = []

    @staticmethod
    def tool_x(q):
        return kinematics.forward(q)[0, 3]

    def run(self, duration_s):
        """Tick at 100 Hz; return the commands of this period as (time, command)."""
        commands = []
        for _ in range(round(duration_s * 100)):
            self.now_s += 0.01
            self.measured = self.measured + np.clip(self.q - self.measured, -0.1, 0.1)
            if self.sends_joint_states:
                sample = JointSample(self.now_s, self.measured, effort_ma=self.effort_ma)
                self.controller.accept_joint_sample(sample, self.now_s)
            if self.sends_heartbeats:
                self.controller.accept_heartbeat(self.now_s)
            command = self.controller.tick(self.now_s)
            if command is not None:
                commands.append((self.now_s, command))
                before, self.q = self.q, command.q.copy()
                self.q[self.blocked] = before[self.blocked]
        return commands

    def chunk(
        self, dx=0.01, dy=0.0, steps=4, gripper=1.0, age_s=0.0, instruction='', period_s=0.2
    ):
        actions = np.zeros((steps, 7))
        actions[:, 0] = dx
        actions[:, 1] = dy
        actions[:, 6] = gripper
        chunk = Chunk(self.now_s - age_s, period_s, actions, instruction=instruction)
        return self.controller.accept_chunk(chunk, self.now_s)

    def deactivate_and_activate(self):
        self.controller.deactivate(self.now_s)
        self.run(0.1)
        self.controller.activate(self.now_s)

    def counted(self):
        counts = self.controller.interventions.by_rule()
        return {rule: count for rule, count in counts.items() if count}


class SaggingBench(Bench):
    """An arm that moves at most 3 rad/s, and whose shoulder ends 0.04 rad below its goal."""

    def run(self, duration_s):
        commands = []
        for _ in range(round(duration_s * 100)):
            before = self.q
            ticked = super().run(0.01)
            commands += ticked
            if commands:
                self.goal = commands[-1][1].q + SAG
            if self.goal is not None:
                self.q = before + np.clip(self.goal - before, -0.03, 0.03)
        return commands

    goal = None


def _started(bench, active=True):
    bench.run(0.05)
    if active:
        bench.controller.activate(bench.now_s)
    return bench


@pytest.fixture
def make_bench():
    def make(q=START, active=True, **config):
        return _started(Bench(ControllerConfig(**config), q), active)

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()


@pytest.fixture(scope='session')
def make_sagging():
    def make(**config):
        return _started(SaggingBench(ControllerConfig(**config)))

    return make
