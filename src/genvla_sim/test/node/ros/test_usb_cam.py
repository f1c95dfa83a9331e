# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The ROS interface of the stand-in for usb_cam."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header
from std_srvs.srv import SetBool

from genvla_node.qos import SENSOR, USB_CAM
from genvla_sim.ros.usb_cam import UsbCamNode, camera_info_msg, image_msg
from genvla_sim.scene.camera import Camera

SMALL = [
    Parameter('image_width', value=64),
    Parameter('image_height', value=48),
    Parameter('frame_id', value='shoulder_camera_optical'),
]


@pytest.fixture
def usb_cam(graph, loop):
    make = partial(UsbCamNode, loop)
    return graph.node(make, namespace='camera', parameter_overrides=SMALL)


def test_images_are_rgb8_in_the_requested_size(graph, loop, usb_cam, received):
    images = received(Image, '/camera/image_raw', USB_CAM)
    graph.spin_until(lambda: loop.tick() or images)
    image = images[0]
    assert (image.encoding, image.width, image.height, image.step) == ('rgb8', 64, 48, 192)
    assert len(image.data) == 192 * 48
    assert np.ptp(np.frombuffer(image.data, np.uint8)) > 50  # something is in the picture
    assert image.header.frame_id == 'shoulder_camera_optical'


def test_a_best_effort_subscriber_receives(graph, loop, usb_cam, received):
    images = received(Image, '/camera/image_raw', SENSOR)
    graph.spin_until(lambda: loop.tick() or images)


def test_camera_info_has_the_stamp_of_its_image(graph, loop, usb_cam, received):
    infos = received(CameraInfo, '/camera/camera_info', USB_CAM)
    images = received(Image, '/camera/image_raw', USB_CAM)
    graph.spin_until(lambda: loop.tick() or (infos and images))
    stamps = [info.header.stamp for info in infos]
    graph.spin_until(lambda: loop.tick() or any(i.header.stamp in stamps for i in images))
    assert (infos[0].width, infos[0].height) == (64, 48)


def test_nothing_is_drawn_without_subscribers(loop, usb_cam):
    for _ in range(10):
        loop.tick()
    assert usb_cam.pictures_drawn == 0


def test_set_capture_stops_and_starts_the_images(graph, loop, usb_cam, received, call):
    images = received(Image, '/camera/image_raw', USB_CAM)
    graph.spin_until(lambda: loop.tick() or images)
    answer = call(SetBool, '/camera/set_capture', data=False)
    assert (answer.success, answer.message) == (True, 'Stop Capturing')
    graph.spin_for(0.1)
    images.clear()
    for _ in range(20):
        loop.tick()
    graph.spin_for(0.2)
    assert images == []
    assert call(SetBool, '/camera/set_capture', data=True).message == 'Start Capturing'
    graph.spin_until(lambda: loop.tick() or images)


def test_camera_info_is_a_pinhole_without_distortion():
    camera = Camera(position=(1.0, 0.0, 1.0), look_at=(0.0, 0.0, 0.0), fovy_deg=90.0)
    info = camera_info_msg(camera, Header(frame_id='camera'))
    assert info.distortion_model == 'plumb_bob'
    assert list(info.d) == [0.0] * 5
    assert list(info.k) == pytest.approx([240, 0, 319.5, 0, 240, 239.5, 0, 0, 1])
    assert list(info.p) == pytest.approx([240, 0, 319.5, 0, 0, 240, 239.5, 0, 0, 0, 1, 0])


def test_an_image_message_contains_the_rows_in_order():
    rgb = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    message = image_msg(rgb, Header())
    assert (message.height, message.width, message.step) == (2, 3, 9)
    assert bytes(message.data) == bytes(range(18))


def test_a_compressed_image_matches_the_raw_image(graph, loop, received):
    make = partial(UsbCamNode, loop)
    compressed = Parameter('compressed', value=True)
    graph.node(make, namespace='camera', parameter_overrides=[*SMALL, compressed])
    images = received(Image, '/camera/image_raw', USB_CAM)
    packed = received(CompressedImage, '/camera/image_raw/compressed', USB_CAM)
    graph.spin_until(lambda: loop.tick() or (images and packed))
    stamps = {(m.header.stamp.sec, m.header.stamp.nanosec): m for m in images}
    graph.spin_until(
        lambda: (
            loop.tick() or (packed[-1].header.stamp.sec, packed[-1].header.stamp.nanosec) in stamps
        )
    )
    raw = stamps[packed[-1].header.stamp.sec, packed[-1].header.stamp.nanosec]
    decoded = cv2.imdecode(np.frombuffer(packed[-1].data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    pixels = np.frombuffer(raw.data, np.uint8).reshape(48, 64, 3)
    assert np.abs(decoded.astype(int) - pixels).mean() < 5


def test_the_stamp_offset_shifts_the_stamps(graph, loop, usb_cam, received):
    images = received(Image, '/camera/image_raw', USB_CAM)
    graph.spin_until(lambda: loop.tick() or images)
    usb_cam.set_parameters([Parameter('fault_stamp_offset_s', value=-100.0)])
    before_s = images[-1].header.stamp.sec
    graph.spin_until(lambda: loop.tick() or images[-1].header.stamp.sec < before_s - 50)
