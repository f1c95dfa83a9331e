# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Watch a camera for a few seconds, and report what is wrong with it.

ros2 run genvla_bringup check_camera --reference reference.png
"""

from __future__ import annotations

from collections.abc import Sequence
import contextlib
from dataclasses import dataclass
from pathlib import Path
import sys
import time
from typing import Annotated
import webbrowser

import cv2
import numpy as np
from numpy.typing import NDArray
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.utilities import remove_ros_args
from sensor_msgs.msg import CompressedImage, Image
import tyro

from genvla_bringup.checks import screen_clock
from genvla_bringup.checks.camera_verdicts import Shot, judge
from genvla_command.command_line import check_above_zero, parse
from genvla_command.findings import report
from genvla_node.qos import SENSOR
from genvla_node.stamps import seconds_from_stamp
from genvla_policy.images.camera_image import ImageConversionError
from genvla_policy.images.camera_watch import read_reference
from genvla_policy.ros.image_conversion import image_from_msg, image_type

_FIRST_PICTURE_S = 10.0
_PICTURES = ('.png', '.jpg', '.jpeg')


@dataclass(frozen=True)
class CheckCameraOptions:
    """Which camera to check, and what to expect from it."""

    topic: str = 'camera/image_raw'
    """Topic of the images; a .../compressed topic works too."""
    rate: float = 30.0
    """Configured rate of the camera [Hz]."""
    duration: float = 5.0
    """How long to watch [s]."""
    reference: Path | None = None
    """Image that the camera should show."""
    save: Path | None = None
    """Save the last image to this file, as a reference."""
    screen_clock: Annotated[tuple[Path, ...] | None, tyro.conf.arg(metavar='[PAGE]')] = None
    """Measure the latency: write a web page with a clock, open it in a browser on this computer,
    and let the camera film it. Default file name: screen_clock.html."""

    def __post_init__(self) -> None:
        """Reject options that cannot be used."""
        check_above_zero(rate=self.rate, duration=self.duration)
        if self.save is not None and self.save.suffix.lower() not in _PICTURES:
            raise ValueError(f'save is {self.save}, expected a name that ends in .png or .jpg')
        if self.reference is not None and not cv2.haveImageReader(str(self.reference)):
            raise ValueError(f'{self.reference} is not a readable image')
        if self.screen_clock is not None and len(self.screen_clock) > 1:
            raise ValueError(f'screen_clock names {len(self.screen_clock)} pages, expected one')

    @property
    def clock_page(self) -> Path | None:
        """The page to write; None: no page."""
        if self.screen_clock is None:
            return None
        return self.screen_clock[0] if self.screen_clock else Path('screen_clock.html')


class CheckFailed(RuntimeError):
    """The camera cannot be checked; the message says why and what to do."""


def watch(topic: str, duration_s: float) -> list[Shot]:
    """Return the images of a topic for a duration [s] that starts with the first image.

    Raises:
        CheckFailed: Fewer than two images arrived, or an image could not be decoded.
    """
    shots: list[Shot] = []
    unreadable: list[str] = []
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node('check_camera', context=context)

    def take(message: Image | CompressedImage) -> None:
        now_s = node.get_clock().now().nanoseconds / 1e9
        stamp_s = seconds_from_stamp(message.header.stamp)
        try:
            shots.append(Shot(stamp_s, now_s, image_from_msg(message)))
        except ImageConversionError as error:
            unreadable.append(str(error))

    node.create_subscription(image_type(topic), topic, take, SENSOR)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    ends_s = time.monotonic() + _FIRST_PICTURE_S
    try:
        while time.monotonic() < ends_s and not unreadable:
            had = len(shots)
            executor.spin_once(timeout_sec=0.05)
            if not had and shots:
                ends_s = time.monotonic() + duration_s
    finally:
        executor.shutdown()
        node.destroy_node()
        context.try_shutdown()
    if unreadable:
        raise CheckFailed(f'{topic}: {unreadable[0]}')
    if not shots:
        raise CheckFailed(
            f'no image on {topic} within {_FIRST_PICTURE_S:g} s; check that the camera runs in '
            'this ROS_DOMAIN_ID'
        )
    if len(shots) < 2:
        raise CheckFailed(f'one image on {topic} in {duration_s:g} s; use a longer --duration')
    return shots


def main(args: Sequence[str] | None = None) -> int:
    """Check the camera; return 1 if the check failed or a finding needs attention."""
    options = parse(
        CheckCameraOptions,
        remove_ros_args(sys.argv if args is None else args)[1:],
        module='genvla_bringup.checks.check_camera',
        description=__doc__,
    )
    try:
        # Read the reference first: `save` may name the same file.
        reference = None if options.reference is None else read_reference(options.reference)
        if options.clock_page is not None:
            _show_clock(options.clock_page)
        shots = watch(options.topic, options.duration)
        if options.save is not None:
            _save(shots[-1].rgb, options.save)
    except (CheckFailed, ValueError) as error:
        print(f'check_camera: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    films_clock = options.clock_page is not None
    findings = judge(shots, options.rate, reference, films_clock=films_clock)
    print(report(findings, 'Camera check'))
    return int(any(finding.objection for finding in findings))


def _show_clock(page: Path) -> None:
    try:
        page.write_text(screen_clock.page())
    except OSError as error:
        raise CheckFailed(f'cannot write the screen clock: {error}') from error
    uri = page.resolve().as_uri()
    webbrowser.open(uri)
    print(
        f"{uri} should be on this computer's screen; if it is not, open it there. Let the camera "
        'film all of it, then press Enter.'
    )
    with contextlib.suppress(EOFError):
        input()


def _save(rgb: NDArray[np.uint8], file: Path) -> None:
    if not cv2.imwrite(str(file), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)):
        raise CheckFailed(f'cannot write {file}; check that its folder exists')


if __name__ == '__main__':
    sys.exit(main())
