# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A bag played to the real policy node gives what it gives offline."""

from __future__ import annotations

from genvla_msgs.msg import ActionChunk
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image

from genvla_eval.replay.bag_messages import BagMessages
from genvla_eval.replay.run import Candidate, Question, ask_bags
from genvla_eval.simulated_bag import IMAGES, BagWriter, run_policy
from genvla_node.qos import COMMAND
from genvla_node.stamps import stamp_from_seconds
from genvla_policy.policy import Policy
from genvla_policy.ros.policy_node import PolicyNode
from genvla_policy.shipped import SHIPPED_CHECKPOINT

NUM_STEPS = 6


@pytest.fixture(scope='module')
def policy():
    """The tiny policy that ships."""
    return Policy.load(SHIPPED_CHECKPOINT, device='cpu')


@pytest.fixture(scope='module')
def bag(policy, tmp_path_factory):
    """A few steps of it, recorded without chunks: nothing to copy from."""
    folder = tmp_path_factory.mktemp('bag') / 'bag'
    return BagWriter(with_chunks=False).write(folder, run_policy(policy, NUM_STEPS))


class Player:
    """Publishes the pictures of a bag one by one, the clock right before each."""

    def __init__(self, graph, bag):
        self._graph, self._bag = graph, bag
        node = graph.node('player')
        self._clock = node.create_publisher(Clock, '/clock', COMMAND)
        self._images = node.create_publisher(Image, 'camera/image_raw', COMMAND)
        self.chunks = []
        node.create_subscription(ActionChunk, 'action_chunk', self.chunks.append, COMMAND)

    def play(self, listener):
        """Play all; each picture waits for the answer to the one before it."""
        self._graph.spin_until(self._images.get_subscription_count, 'the camera subscription')
        for number, message in enumerate(BagMessages(self._bag).read([IMAGES])):
            body = message.body
            now = stamp_from_seconds(message.received_s)

            def it_is_time(now=now):
                self._clock.publish(Clock(clock=now))
                return listener.get_clock().now().to_msg() == now

            self._graph.spin_until(it_is_time, 'the clock')
            image = Image(
                height=body.height,
                width=body.width,
                encoding=body.encoding,
                step=body.step,
                data=bytes(body.data),
            )
            stamp = body.header.stamp
            image.header.stamp.sec, image.header.stamp.nanosec = stamp.sec, stamp.nanosec
            self._images.publish(image)
            self._graph.spin_until(
                lambda so_far=number: len(self.chunks) > so_far, f'the answer to picture {number}'
            )


def test_the_node_answers_as_the_offline_replay_does(graph, policy, bag):
    candidate = Candidate('tiny', policy, '')
    ask_bags([bag], [candidate], Question())
    node = graph.node(
        PolicyNode,
        load_policy=lambda params: policy,
        parameter_overrides=[
            Parameter('use_sim_time', value=True),
            Parameter('checkpoint', value='tiny'),
            Parameter('instruction', value='pick up the carrot'),
        ],
    )
    player = Player(graph, bag)
    assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    player.play(node)
    assert [chunk.text for chunk in player.chunks] == [row.text for row in candidate.rows]
    assert len(candidate.rows) == NUM_STEPS
