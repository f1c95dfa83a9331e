# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A bag that is played to the real policy node gives the same chunks as offline replay."""

from __future__ import annotations

from dataclasses import replace

from genvla_msgs.msg import ActionChunk
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import String

from genvla_bags.bag_messages import BagMessages
from genvla_bags.step_bag import StepBag
from genvla_bags.topics import IMAGES_TOPIC, INSTRUCTION_TOPIC
from genvla_bringup.recording.instruction_relay import InstructionRelay
from genvla_eval.closed_loop.simulated_steps import run_policy
from genvla_eval.replay.run import Candidate, ask_bags
from genvla_node.qos import COMMAND, STATUS_LATCHED
from genvla_node.stamps import stamp_from_seconds
from genvla_policy.inference.policy import Policy
from genvla_policy.ros.policy_node import PolicyNode
from genvla_policy.shipped import SHIPPED_CHECKPOINT

NUM_STEPS = 6
FIRST, SECOND = 'pick up the carrot', 'pick up the knife'


@pytest.fixture(scope='module')
def policy():
    """The tiny policy that ships."""
    return Policy.load(SHIPPED_CHECKPOINT, device='cpu')


@pytest.fixture(scope='module')
def bag(policy, tmp_path_factory):
    """A few of its steps under two instructions, recorded without chunks that could be copied."""
    folder = tmp_path_factory.mktemp('bag') / 'bag'
    steps = run_policy(policy, NUM_STEPS)
    told = [
        replace(step, instruction=FIRST if number < NUM_STEPS // 2 else SECOND)
        for number, step in enumerate(steps)
    ]
    return StepBag(with_chunks=False).write(folder, told)


class Player:
    """Publishes a bag message by message, the clock right before each."""

    def __init__(self, graph, bag):
        self._graph, self._bag = graph, bag
        node = graph.node('player')
        self._clock = node.create_publisher(Clock, '/clock', COMMAND)
        self._images = node.create_publisher(Image, 'camera/image_raw', COMMAND)
        self._instructions = node.create_publisher(String, 'recorded/instruction', STATUS_LATCHED)
        self.chunks, self.in_force = [], []
        node.create_subscription(ActionChunk, 'action_chunk', self.chunks.append, COMMAND)
        node.create_subscription(
            String, 'policy/instruction', self.in_force.append, STATUS_LATCHED
        )

    def play(self, listener):
        """Play all messages; each image waits for the answer to the one before it."""
        graph = self._graph
        graph.spin_until(self._images.get_subscription_count, 'the camera subscription')
        graph.spin_until(self._instructions.get_subscription_count, 'the relay')
        for message in BagMessages(self._bag).read([IMAGES_TOPIC, INSTRUCTION_TOPIC]):
            now = stamp_from_seconds(message.received_s)

            def it_is_time(now=now):
                self._clock.publish(Clock(clock=now))
                return listener.get_clock().now().to_msg() == now

            graph.spin_until(it_is_time, 'the clock')
            if message.topic == INSTRUCTION_TOPIC:
                self._tell(message.body.data)
            else:
                self._show(message.body)

    def _tell(self, instruction):
        self._instructions.publish(String(data=instruction))
        self._graph.spin_until(
            lambda: self.in_force and self.in_force[-1].data == instruction, instruction
        )

    def _show(self, body):
        image = Image(
            height=body.height,
            width=body.width,
            encoding=body.encoding,
            step=body.step,
            data=bytes(body.data),
        )
        stamp = body.header.stamp
        image.header.stamp.sec, image.header.stamp.nanosec = stamp.sec, stamp.nanosec
        before = len(self.chunks)
        self._images.publish(image)
        self._graph.spin_until(lambda: len(self.chunks) > before, f'answer {before}')


def test_the_node_answers_as_the_offline_replay_does(graph, policy, bag):
    candidate = Candidate('tiny', policy, '')
    ask_bags([bag], [candidate])
    node = graph.node(
        PolicyNode,
        load_policy=lambda params: policy,
        parameter_overrides=[
            Parameter('use_sim_time', value=True),
            Parameter('checkpoint', value='tiny'),
        ],
    )
    graph.node(InstructionRelay)
    player = Player(graph, bag)
    assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    player.play(node)
    assert [chunk.text for chunk in player.chunks] == [row.text for row in candidate.rows]
    told = [chunk.instruction for chunk in player.chunks]
    assert told == [FIRST] * (NUM_STEPS // 2) + [SECOND] * (NUM_STEPS // 2)


def test_an_instruction_without_a_policy_is_reported(graph, capfd):
    """The policy does not run yet."""
    graph.node(InstructionRelay)
    publisher = graph.node('player').create_publisher(
        String, 'recorded/instruction', STATUS_LATCHED
    )
    publisher.publish(String(data=FIRST))
    said = []

    def it_is_said():
        said.append(capfd.readouterr().err)
        return "'pick up the carrot' is lost" in ''.join(said)

    graph.spin_until(it_is_said, 'what was lost')
