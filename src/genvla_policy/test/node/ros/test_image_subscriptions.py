# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One camera or several, raw or compressed."""

from __future__ import annotations

import importlib.util
import sys

from builtin_interfaces.msg import Time
import cv2
import numpy as np
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from sensor_msgs.msg import CompressedImage, Image

from genvla_node.qos import COMMAND

# The signatures of message_filters, and a synchronizer that pairs the newest messages.
MESSAGE_FILTERS = """
class Subscriber:
    def __init__(self, node, message_type, topic, **kwargs):
        self.newest = None
        self.sub = node.create_subscription(message_type, topic, self.receive, **kwargs)

    def receive(self, message):
        self.newest = message
        self.on_message()


class ApproximateTimeSynchronizer:
    def __init__(self, fs, queue_size, slop, allow_headerless=False):
        assert (queue_size > 1) and (slop > 0.0)
        self.filters = fs
        for each in fs:
            each.on_message = self.receive

    def registerCallback(self, callback):
        self.callback = callback

    def receive(self):
        if all(each.newest is not None for each in self.filters):
            self.callback(*(each.newest for each in self.filters))
"""


@pytest.fixture
def two_cameras(bench):
    """Give the checkpoint two cameras."""
    bench.policy.config = type(bench.policy.config)(num_cameras=2)
    return {'image_topics': ['left/image_raw', 'right/image_raw']}


@pytest.fixture
def message_filters(monkeypatch, tmp_path):
    """Provide the real message_filters, or a stand-in: it is not on PyPI."""
    if importlib.util.find_spec('message_filters') is not None:
        yield
        return
    (tmp_path / 'message_filters.py').write_text(MESSAGE_FILTERS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'message_filters', raising=False)
    yield
    sys.modules.pop('message_filters', None)


def test_a_topic_that_ends_in_compressed_is_read_as_compressed_images(bench):
    publisher = bench.around.create_publisher(CompressedImage, 'camera/compressed', COMMAND)
    bench.create(instruction='pick the carrot', image_topics=['camera/compressed'])
    bench.node.trigger_configure()
    bench.node.trigger_activate()
    bench.graph.spin_until(publisher.get_subscription_count)
    data = cv2.imencode('.png', np.full((2, 2, 3), (1, 2, 3), np.uint8))[1].tobytes()
    image = CompressedImage(format='png', data=data)
    image.header.stamp = Time(sec=100)
    publisher.publish(image)
    bench.wait_for_chunks(1)
    assert bench.policy.observations[0].images[0][0, 0].tolist() == [3, 2, 1]


def test_several_cameras_need_message_filters(bench, two_cameras, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, 'message_filters', None)
    bench.create(**two_cameras)
    assert bench.node.trigger_configure() == TransitionCallbackReturn.FAILURE
    log = capfd.readouterr().err
    assert 'image_topics names 2 cameras (left/image_raw, right/image_raw)' in log
    assert 'message_filters, which is not installed; install' in log


@pytest.fixture
def cameras(bench, two_cameras):
    """Publish an image of each camera, each with its grey value and time [ns]."""
    publishers = [
        bench.around.create_publisher(Image, topic, COMMAND)
        for topic in two_cameras['image_topics']
    ]
    bench.create(instruction='pick the carrot', **two_cameras)
    bench.node.trigger_configure()
    bench.node.trigger_activate()
    bench.graph.spin_until(lambda: all(p.get_subscription_count() for p in publishers))

    def film(camera, grey, nanosec):
        image = Image(encoding='mono8', width=1, height=1, step=1, data=bytes([grey]))
        image.header.stamp = Time(sec=100, nanosec=nanosec)
        publishers[camera].publish(image)

    return film


@pytest.mark.usefixtures('message_filters')
def test_images_of_several_cameras_are_combined_under_the_older_stamp(bench, cameras):
    cameras(0, 1, 20)
    cameras(1, 2, 10)
    bench.wait_for_chunks(1)
    assert [i[0, 0, 0] for i in bench.policy.observations[0].images] == [1, 2]
    assert bench.chunks[0].header.stamp == Time(sec=100, nanosec=10)


@pytest.mark.skipif(
    importlib.util.find_spec('message_filters') is None,
    reason='message_filters is not on PyPI; this runs on a ROS 2 installation',
)
def test_images_further_apart_than_the_slop_are_not_combined(bench, cameras):
    cameras(0, 1, 0)
    cameras(1, 2, 100_000_000)
    cameras(0, 3, 110_000_000)
    bench.wait_for_chunks(1)
    assert [i[0, 0, 0] for i in bench.policy.observations[0].images] == [3, 2]
