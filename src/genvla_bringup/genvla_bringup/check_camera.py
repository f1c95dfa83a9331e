# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Looks at a camera for some seconds and says what is wrong with it.

ros2 run genvla_bringup check_camera --reference reference.png
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys
import time

import cv2
import numpy as np
from numpy.typing import NDArray
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.utilities import remove_ros_args
from sensor_msgs.msg import CompressedImage, Image

from genvla_bringup.camera_check import Shot, judge
from genvla_node.qos import SENSOR
from genvla_node.stamps import seconds_from_stamp
from genvla_policy.ros.image_conversion import image_from_msg, image_type
from genvla_viperx.findings import report

_FIRST_PICTURE_S = 10.0


def watch(topic: str, duration_s: float) -> list[Shot]:
    """Returns the pictures of a topic in a time [s], which begins with the first one."""
    shots: list[Shot] = []
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node('check_camera', context=context)

    def take(message: Image | CompressedImage) -> None:
        now_s = node.get_clock().now().nanoseconds / 1e9
        stamp_s = seconds_from_stamp(message.header.stamp)
        shots.append(Shot(stamp_s, now_s, image_from_msg(message)))

    node.create_subscription(image_type(topic), topic, take, SENSOR)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    ends_s = time.monotonic() + _FIRST_PICTURE_S
    try:
        while time.monotonic() < ends_s:
            had = len(shots)
            executor.spin_once(timeout_sec=0.05)
            if not had and shots:
                ends_s = time.monotonic() + duration_s
    finally:
        executor.shutdown()
        node.destroy_node()
        context.try_shutdown()
    return shots


def main(args: Sequence[str] | None = None) -> int:
    """Check the camera; returns 1 if something needs a look."""
    parser = argparse.ArgumentParser(prog='check_camera', description=__doc__)
    add = parser.add_argument
    add('--topic', default='camera/image_raw', help='(camera/image_raw); .../compressed too')
    add('--rate', type=float, default=30.0, metavar='HZ', help='what it is set to (30)')
    add('--duration', type=float, default=5.0, metavar='S', help='how long to look (5)')
    add('--reference', type=Path, metavar='PICTURE', help='what it should show')
    add('--save', type=Path, metavar='PICTURE', help='keep what it shows, as a reference')
    options = parser.parse_args(remove_ros_args(sys.argv if args is None else args)[1:])
    reference: NDArray[np.uint8] | None = None
    if options.reference is not None:
        picture = cv2.imread(str(options.reference))
        if picture is None:
            parser.error(f'{options.reference} is no picture that can be read')
        reference = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
    shots = watch(options.topic, options.duration)
    if len(shots) < 2:
        print(
            f'check_camera: {len(shots)} pictures on {options.topic} within '
            f'{_FIRST_PICTURE_S:g} s; does the camera run, in this ROS_DOMAIN_ID?',
            file=sys.stderr,
        )
        return 1
    if options.save is not None:
        cv2.imwrite(str(options.save), cv2.cvtColor(shots[-1].rgb, cv2.COLOR_RGB2BGR))
    findings = judge(shots, options.rate, reference)
    print(report(findings, 'Camera check'))
    return int(any(finding.objection for finding in findings))


if __name__ == '__main__':
    sys.exit(main())
