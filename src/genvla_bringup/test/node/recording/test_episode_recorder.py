# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes on request: one bag each, with its instruction and outcome; none is lost."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

from genvla_msgs.msg import ActionChunk
from genvla_msgs.srv import StartEpisode, StopEpisode
import pytest
from rclpy.parameter import Parameter
from rosbags.highlevel import AnyReader
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_bags.bag_messages import BagMessages
from genvla_bringup.recording.episode_recorder import EpisodeRecorder
from genvla_node.qos import COMMAND, STATUS_LATCHED

KNIFE = 'put the knife on the cloth'


class Caller:
    """Calls the recorder, and publishes the topics to record."""

    def __init__(self, graph):
        self._graph = graph
        self.node = graph.node('operator')
        self.chatter = self.node.create_publisher(String, 'chatter', 10)
        self._clients = {
            name: self.node.create_client(service, f'episode_recorder/{name}')
            for name, service in (
                ('start', StartEpisode),
                ('stop', StopEpisode),
                ('discard', Trigger),
            )
        }

    def __call__(self, name, **fields):
        client = self._clients[name]
        return self._graph.call(client, client.srv_type.Request(**fields))

    def talk(self, words, count=20):
        self._graph.spin_until(self.chatter.get_subscription_count, 'the recorder')
        for _ in range(count):
            self.chatter.publish(String(data=words))
            self._graph.spin_for(0.02)


@pytest.fixture
def call(graph):
    return Caller(graph)


@pytest.fixture
def recorder(graph, tmp_path):
    folder = Parameter('folder', value=str(tmp_path / 'bags'))
    room = Parameter('min_free_mb', value=1)
    return graph.node(EpisodeRecorder, parameter_overrides=[folder, room])


def words(bag):
    with AnyReader([Path(bag)]) as reader:
        return [
            reader.deserialize(data, connection.msgtype).data
            for connection, _, data in reader.messages()
            if connection.topic == '/chatter'
        ]


def test_an_episode_is_a_bag_with_its_instruction_and_outcome(recorder, call):
    begun = call('start', instruction=KNIFE)
    assert begun.accepted
    call.talk('hello')
    ended = call('stop', outcome='success', note='at once')
    assert (ended.accepted, ended.bag) == (True, begun.bag)
    assert set(words(begun.bag)) == {'hello'}
    noted = BagMessages(Path(begun.bag)).custom_data()
    assert (noted['instruction'], noted['instruction_from']) == (KNIFE, 'start')
    assert (noted['outcome'], noted['note'], noted['checkpoint']) == ('success', 'at once', '')
    assert noted['begun'].startswith('20')


def test_an_episode_of_a_policy_has_the_received_instruction_and_checkpoint(recorder, call, graph):
    latched = call.node.create_publisher(String, 'policy/instruction', STATUS_LATCHED)
    latched.publish(String(data=KNIFE))
    chunks = call.node.create_publisher(ActionChunk, 'action_chunk', COMMAND)
    bag = call('start').bag
    graph.spin_until(lambda: chunks.get_subscription_count() > 1, 'the recorder')
    chunks.publish(ActionChunk(checkpoint='tiny', instruction=KNIFE))
    graph.spin_for(0.3)
    call('stop', outcome='failure')
    noted = BagMessages(Path(bag)).custom_data()
    assert (noted['instruction'], noted['checkpoint']) == (KNIFE, 'tiny')
    assert noted['instruction_from'] == 'policy/instruction'


def test_each_episode_has_its_own_bag(recorder, call):
    bags = []
    for word in ('first', 'second'):
        bags.append(call('start', instruction=word).bag)
        call.talk(word)
        call('stop')
    assert [set(words(bag)) for bag in bags] == [{'first'}, {'second'}]


def test_a_discarded_episode_is_moved_aside_complete(recorder, call):
    bag = Path(call('start', instruction=KNIFE).bag)
    call.talk('oops')
    answer = call('discard')
    assert answer.success
    assert not bag.exists()
    assert set(words(bag.parent / 'discarded' / bag.name)) == {'oops'}


def test_invalid_requests_are_refused_and_the_recording_continues(recorder, call):
    assert not call('stop').accepted
    assert not call('discard').success
    bag = call('start', instruction=KNIFE).bag
    again = call('start', instruction=KNIFE)
    assert not again.accepted
    assert bag in again.message
    refused = call('stop', outcome='fine')
    assert not refused.accepted
    assert 'expected success, failure' in refused.message
    call.talk('still')
    assert call('stop', outcome='failure').accepted
    assert set(words(bag)) == {'still'}


def test_an_episode_is_refused_without_free_disk_space(graph, tmp_path, call):
    folder = Parameter('folder', value=str(tmp_path / 'a' / 'b'))
    room = Parameter('min_free_mb', value=10**9)
    graph.node(EpisodeRecorder, parameter_overrides=[folder, room])
    answer = call('start', instruction=KNIFE)
    assert not answer.accepted
    assert 'MB are free' in answer.message
    assert not (tmp_path / 'a').exists()


@pytest.mark.timeout(120)
def test_a_disk_that_fills_up_damages_only_the_bag_being_written(graph, domain_id, tmp_path, call):
    """A limit on the file size of the process simulates a full disk: writes fail beyond it."""
    run = (
        f'ulimit -f 300; exec {sys.executable} -m genvla_bringup.recording.episode_recorder '
        f'--ros-args -p folder:={tmp_path}/bags -p min_free_mb:=1'
    )
    process = subprocess.Popen(
        ['bash', '-c', run],
        env=os.environ | {'ROS_DOMAIN_ID': str(domain_id)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        whole = call('start', instruction=KNIFE).bag
        call.talk('short')
        assert call('stop', outcome='success').accepted
        full = call('start', instruction=KNIFE).bag
        noise = os.urandom(50_000).hex()
        call.talk(noise, count=60)
        ended = call('stop', outcome='success')
        assert not ended.accepted
        assert 'is incomplete' in ended.message
        assert 'File too large' in ended.message
        assert set(words(whole)) == {'short'}
        with pytest.raises(FileNotFoundError, match='metadata'):
            words(full)
        # The recorder still runs, and records the next episode.
        assert process.poll() is None
        after = call('start', instruction=KNIFE).bag
        call.talk('after')
        assert call('stop').accepted
        assert set(words(after)) == {'after'}
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0
