# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from functools import partial
import os
import signal
import subprocess
import sys

from genvla_msgs.msg import ActionChunk, EndEffectorDelta
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability, QosReliability
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import String

from genvla_bringup.recording.graph_recorder import Recorder
from genvla_bringup.recording.graph_recorder import main as recorder_main
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED


@pytest.fixture
def recorder(graph, tmp_path):
    return graph.node(Recorder, bag=tmp_path / 'bag', custom_data={'task': 'PickCarrot'})


@pytest.fixture
def publish(graph, recorder):
    """Publishes one message and waits until it is in the bag."""

    def publish(message, topic, qos):
        publisher = graph.node('publisher').create_publisher(type(message), topic, qos)
        graph.spin_until(lambda: publisher.get_subscription_count() == 1, 'the subscription')
        written = partial(recorder.count, publisher.topic_name)
        before = written()
        publisher.publish(message)
        graph.spin_until(lambda: written() > before, 'the message')

    return publish


def read(bag, topic):
    with AnyReader([bag]) as reader:
        return [
            reader.deserialize(data, connection.msgtype)
            for connection, _, data in reader.messages()
            if connection.topic == topic
        ]


def test_a_chunk_comes_back_from_the_bag(publish, recorder, tmp_path):
    action = EndEffectorDelta(gripper=0.25)
    action.translation.x = 0.01
    publish(ActionChunk(text='0.1 0.2', actions=[action]), 'action_chunk', COMMAND)
    recorder.close()
    (chunk,) = read(tmp_path / 'bag', '/action_chunk')
    assert chunk.text == '0.1 0.2'
    assert chunk.actions[0].translation.x == 0.01
    assert chunk.actions[0].gripper == 0.25


def test_an_image_comes_back_from_the_bag(publish, recorder, tmp_path):
    pixels = np.arange(48 * 64 * 3, dtype=np.uint32).astype(np.uint8)
    message = Image(height=48, width=64, encoding='rgb8', step=192, data=pixels.tobytes())
    publish(message, 'camera/image_raw', COMMAND)
    recorder.close()
    (image,) = read(tmp_path / 'bag', '/camera/image_raw')
    assert (image.height, image.width, image.encoding) == (48, 64, 'rgb8')
    assert np.array_equal(image.data, pixels)


def test_a_best_effort_publisher_is_recorded(publish, recorder, tmp_path):
    publish(String(data='alive'), 'heartbeat', SENSOR)
    recorder.close()
    assert [m.data for m in read(tmp_path / 'bag', '/heartbeat')] == ['alive']


def test_a_latched_message_from_before_the_recording_is_recorded(graph, tmp_path):
    publisher = graph.node('early').create_publisher(String, 'instruction', STATUS_LATCHED)
    publisher.publish(String(data='pick up the carrot'))
    recorder = graph.node(Recorder, bag=tmp_path / 'bag')
    graph.spin_until(lambda: recorder.count('/instruction'), 'the latched message')
    recorder.close()
    assert [m.data for m in read(tmp_path / 'bag', '/instruction')] == ['pick up the carrot']


def test_the_bag_contains_the_quality_of_service_of_the_publisher(publish, recorder, tmp_path):
    publish(String(data='idle'), 'state', STATUS_LATCHED)
    recorder.close()
    with AnyReader([tmp_path / 'bag']) as reader:
        (connection,) = [c for c in reader.connections if c.topic == '/state']
    (qos,) = connection.ext.offered_qos_profiles
    assert qos.durability == QosDurability.TRANSIENT_LOCAL
    assert qos.reliability == QosReliability.RELIABLE


def test_the_bag_has_the_type_hash_that_goes_over_the_wire(graph, publish, recorder, tmp_path):
    publish(ActionChunk(), 'action_chunk', COMMAND)
    (info,) = recorder.get_publishers_info_by_topic('/action_chunk')
    recorder.close()
    with AnyReader([tmp_path / 'bag']) as reader:
        (connection,) = [c for c in reader.connections if c.topic == '/action_chunk']
    assert connection.digest == str(info.topic_type_hash)


def test_a_hidden_topic_is_not_recorded(graph, publish, recorder):
    publisher = graph.node('hidden').create_publisher(String, 'run/_action/feedback', COMMAND)
    publish(String(), 'shown', COMMAND)
    assert publisher.get_subscription_count() == 0
    assert '/shown' in recorder.topics


def test_derived_image_topics_of_recorded_images_are_not_subscribed(graph, publish, recorder):
    camera = graph.node('camera')
    camera.create_publisher(Image, 'image_raw', COMMAND)
    encoded = [
        camera.create_publisher(CompressedImage, f'image_raw/{transport}', COMMAND)
        for transport in ('compressed', 'compressedDepth', 'zstd')
    ]
    publish(String(), 'later', COMMAND)
    assert '/image_raw' in recorder.topics
    assert not recorder.topics & {publisher.topic_name for publisher in encoded}
    assert not any(publisher.get_subscription_count() for publisher in encoded)


def test_compressed_images_are_dropped_when_the_raw_ones_appear(graph, publish, recorder):
    encoded = graph.node('encoder').create_publisher(
        CompressedImage, 'image_raw/compressed', COMMAND
    )
    graph.spin_until(encoded.get_subscription_count, 'the recorder')
    publish(Image(), 'image_raw', COMMAND)
    graph.spin_until(lambda: not encoded.get_subscription_count(), 'no subscription')


def test_a_camera_with_only_compressed_images_is_recorded(publish, recorder, tmp_path):
    publish(CompressedImage(format='jpeg'), 'image_raw/compressed', COMMAND)
    recorder.close()
    assert [m.format for m in read(tmp_path / 'bag', '/image_raw/compressed')] == ['jpeg']


@pytest.fixture
def recording(domain_id, tmp_path):
    """The recorder as a process that has written something, and its bag."""
    bag = tmp_path / 'bag'
    python = ['env', '--default-signal=HUP', sys.executable]  # the tests may run under nohup
    process = subprocess.Popen(
        [*python, '-m', 'genvla_bringup.recording.graph_recorder', str(bag)],
        env={**os.environ, 'ROS_DOMAIN_ID': str(domain_id)},
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process, bag
    process.kill()


@pytest.mark.parametrize(
    'signals', [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT], [signal.SIGINT, signal.SIGINT]]
)
def test_a_signal_leaves_a_readable_bag_and_no_error(graph, recording, signals):
    process, bag = recording
    publisher = graph.node('publisher').create_publisher(String, 'traffic', COMMAND)
    graph.spin_until(publisher.get_subscription_count, 'the recorder')

    def has_written():
        for _ in range(20):
            publisher.publish(String(data='x' * 1000))
        return any(file.stat().st_size for file in bag.glob('*.mcap'))

    graph.spin_until(has_written, 'the bag to grow')
    for number in signals:
        process.send_signal(number)
    _, log = process.communicate(timeout=20.0)
    assert (process.returncode, log) == (0, '')
    with AnyReader([bag]) as reader:
        assert reader.message_count > 0


def test_an_existing_bag_is_not_touched(tmp_path, capsys):
    with pytest.raises(SystemExit, match='2'):
        recorder_main(['recorder', str(tmp_path)])
    assert 'already exists; name a new folder' in capsys.readouterr().err
