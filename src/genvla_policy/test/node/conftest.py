# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the policy node's tests: a policy that answers at once, and a bench for the node."""

from __future__ import annotations

from dataclasses import dataclass, field
import threading

from diagnostic_msgs.msg import DiagnosticArray
from genvla_msgs.action import ExecuteInstruction
from genvla_msgs.msg import ActionChunk as ActionChunkMsg
from genvla_msgs.msg import ExecutedStep
from genvla_msgs.srv import SetInstruction
import numpy as np
import pytest
from rclpy.action import ActionClient
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import Header, String

from genvla_node.qos import COMMAND, HEARTBEAT, SLOTS, STATUS_LATCHED
from genvla_node.stamps import duration_from_seconds, stamp_from_seconds
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.images.picture_fit import PictureFit
from genvla_policy.ros.policy_node import PolicyNode

START_S = 100


@dataclass(frozen=True)
class FakeConfig:
    """The part of a checkpoint's configuration that the node reads."""

    name: str = 'fake'
    trained: bool = True
    control_rate_hz: float = 5.0
    num_cameras: int = 1
    proprio_dim: int = 0
    horizon: int = 1
    picture_fit: PictureFit = field(
        default_factory=lambda: PictureFit(64, 'area', 1.0, 'squash', 0.0)
    )

    @property
    def step_period_s(self):
        return 1.0 / self.control_rate_hz


@dataclass
class FakePolicy:
    """Answers at once; a test may close the gate, set an error to raise, or let it stream."""

    config: FakeConfig = FakeConfig()
    gate: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None
    streams: bool = False
    observations: list = field(default_factory=list)
    committed: list = field(default_factory=list)
    trained_on: tuple = ('pick the carrot', 'pick the knife')
    decoding_report: str = ''
    decoding_warning: str = ''

    @property
    def can_commit(self):
        return self.config.horizon > 1

    def describe(self):
        return 'a fake policy'

    def check_instruction(self, instruction):
        pass

    def warm_up(self):
        self.gate.set()

    def infer(self, observation, *, committed=None, watch=None):
        self.observations.append(observation)
        self.committed.append(committed)
        assert self.gate.wait(20.0)
        if self.error is not None:
            raise self.error
        num_committed = 0 if committed is None else len(committed)
        if self.streams and watch is not None:
            watch(self._chunk(observation, num_committed, num_actions=num_committed + 1))
        return self._chunk(observation, num_committed, num_actions=self.config.horizon)

    def _chunk(self, observation, num_committed, *, num_actions):
        return ActionChunk(
            actions=np.tile([0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], (num_actions, 1)),
            step_period_s=0.2,
            text='0.0100',
            confidence=np.full(num_actions, 0.5),
            inference_s=0.0,
            checkpoint=self.config.name,
            instruction=observation.instruction,
            stamp_s=observation.stamp_s,
            num_committed=num_committed,
        )


class Bench:
    """The policy node in simulation time, and everything around it.

    The clock stands still unless a test moves it, so nothing here depends on the machine's speed.
    """

    def __init__(self, graph, policy):
        self.graph = graph
        self.policy = policy
        self.around = graph.node('around')
        self.chunks, self.instructions, self.heartbeats, self.diagnostics = [], [], [], []
        subscribe = self.around.create_subscription
        subscribe(ActionChunkMsg, 'action_chunk', self.chunks.append, COMMAND)
        subscribe(String, 'policy/instruction', self._on_instruction, STATUS_LATCHED)
        subscribe(Header, 'policy/heartbeat', self.heartbeats.append, HEARTBEAT)
        subscribe(DiagnosticArray, '/diagnostics', self.diagnostics.append, COMMAND)
        self._clock = self.around.create_publisher(Clock, '/clock', COMMAND)
        self._executed = self.around.create_publisher(
            ExecutedStep, 'viperx_bridge/executed_step', SLOTS
        )
        self._camera = self.around.create_publisher(Image, 'camera/image_raw', COMMAND)
        self._set_instruction = self.around.create_client(SetInstruction, 'policy/set_instruction')
        self.actions = ActionClient(self.around, ExecuteInstruction, 'execute_instruction')

    def _on_instruction(self, message):
        self.instructions.append(message.data)

    def create(self, **parameters):
        """Create the node."""
        parameters = {'use_sim_time': True, 'checkpoint': 'fake', **parameters}
        self.node = self.graph.node(
            PolicyNode,
            load_policy=lambda params: self.policy,
            parameter_overrides=[Parameter(name, value=v) for name, v in parameters.items()],
        )
        self.set_time(START_S)
        return self.node

    def configure(self, **parameters):
        """Create and configure the node, and wait until the camera is connected to it."""
        self.create(**parameters)
        assert self.node.trigger_configure() == TransitionCallbackReturn.SUCCESS
        self.graph.spin_until(self._camera.get_subscription_count, 'the camera subscription')
        self.graph.spin_until(lambda: self.instructions, 'the latched instruction')

    def activate(self, **parameters):
        """Create, configure and activate the node."""
        self.configure(**parameters)
        assert self.node.trigger_activate() == TransitionCallbackReturn.SUCCESS

    def set_time(self, time_s):
        """Set the clock, and wait for the status of a new second.

        Otherwise, a status could describe the time before but have the stamp of the time after.
        """
        before_s = self.now_s()
        stamp = stamp_from_seconds(time_s)

        def arrived():
            self._clock.publish(Clock(clock=stamp))
            return self.node.get_clock().now().to_msg() == stamp

        self.graph.spin_until(arrived, f'time {time_s}')
        if int(time_s) > int(before_s):
            self.graph.spin_until(lambda: self._is_told_of(stamp), f'the status at {time_s}')

    def now_s(self):
        """Return the time of the clock [s]."""
        return self.node.get_clock().now().nanoseconds / 1e9

    def _is_told_of(self, stamp):
        return self.diagnostics and self.diagnostics[-1].header.stamp == stamp

    def show(self, time_s=START_S, nanosec=0, **fields):
        """Publish an image captured at a time."""
        fields = {
            'encoding': 'rgb8',
            'width': 2,
            'height': 2,
            'step': 6,
            'data': bytes(12),
        } | fields
        image = Image(**fields)
        image.header.stamp = stamp_from_seconds(time_s)
        image.header.stamp.nanosec += nanosec
        self._camera.publish(image)

    def execute(self, slot, begin_s, *, sequence=0, step=0, instruction='pick the carrot'):
        """Report a slot as the bridge does, and give the node time to receive it."""
        message = ExecutedStep(
            slot=slot,
            chunk_sequence=sequence,
            chunk_step=step,
            instruction=instruction,
            speed_scale=1.0,
            step_period=duration_from_seconds(0.2),
        )
        message.header.stamp = stamp_from_seconds(begin_s)
        message.executed.translation.x = slot / 100.0
        message.executed.gripper = 1.0
        self.graph.spin_until(self._executed.get_subscription_count, 'the policy to listen')
        self._executed.publish(message)
        self.graph.spin_for(0.2)

    def wait_for_chunks(self, number):
        """Wait until `number` chunks have arrived."""
        self.graph.spin_until(lambda: len(self.chunks) >= number, f'{number} chunks')

    def wait_for_inferences(self, number):
        """Wait until `number` inferences have begun."""
        self.graph.spin_until(
            lambda: len(self.policy.observations) >= number, f'{number} inferences'
        )

    def set_instruction(self, instruction):
        """Call the service, and return its response."""
        return self.graph.call(
            self._set_instruction, SetInstruction.Request(instruction=instruction)
        )

    def status(self):
        """Return the status after one more second of the clock."""
        self.set_time(self.now_s() + 1.0)
        return self.diagnostics[-1].status[0]


@pytest.fixture
def policy():
    return FakePolicy()


@pytest.fixture
def bench(graph, policy):
    bench = Bench(graph, policy)
    yield bench
    policy.gate.set()
    bench.actions.destroy()


@pytest.fixture
def wait_for_log(bench, capfd):
    """Return a function that waits until the log holds a text."""
    log = ''

    def holds(text):
        nonlocal log
        log += capfd.readouterr().err
        return text in log

    return lambda text: bench.graph.spin_until(lambda: holds(text), f'{text!r} in the log')


@pytest.fixture(scope='session')
def tiny_checkpoint(tmp_path_factory):
    """Return a folder with a tiny checkpoint of random weights."""
    tiny = pytest.importorskip('genvla_policy.checkpoint.tiny')
    folder = tmp_path_factory.mktemp('tiny')
    tiny.write_tiny_checkpoint(folder, tiny.tiny_config(), seed=0)
    return folder
