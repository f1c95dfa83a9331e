# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The contents of a bag of steps."""

from __future__ import annotations

from dataclasses import replace

from genvla_bags.bag_messages import BagMessages
from genvla_bags.step_bag import PERIOD_S, START_S
from genvla_bags.topics import INSTRUCTION_TOPIC


def test_the_topics_and_types_are_those_of_a_recorded_loop(written, steps):
    held = {c.topic: (c.msgtype, c.msgcount) for c in BagMessages(written()).connections()}
    assert held == {
        '/policy/instruction': ('std_msgs/msg/String', 1),
        '/vx300s/joint_states': ('sensor_msgs/msg/JointState', len(steps)),
        '/camera/image_raw': ('sensor_msgs/msg/Image', len(steps)),
        '/action_chunk': ('genvla_msgs/msg/ActionChunk', len(steps)),
    }


def test_writing_a_bag_is_deterministic(written):
    one, two = written('a/bag'), written('b/bag')
    assert BagMessages(one).sha256() == BagMessages(two).sha256()


def test_an_instruction_is_published_when_it_changes(written, steps):
    told = [replace(step, instruction='go' if n < 5 else 'stop') for n, step in enumerate(steps)]
    bag = BagMessages(written(steps=told))
    said = [(message.received_s, message.body.data) for message in bag.read([INSTRUCTION_TOPIC])]
    assert said == [(START_S, 'go'), (START_S + 5 * PERIOD_S, 'stop')]


def test_a_step_that_continues_a_chunk_publishes_none(written, steps):
    continued = [
        replace(step, chunk=step.chunk if n == 0 else None) for n, step in enumerate(steps)
    ]
    bag = BagMessages(written(steps=continued, with_deltas=True))
    held = {c.topic: c.msgcount for c in bag.connections()}
    assert (held['/action_chunk'], held['/teleop/delta']) == (1, 1)
