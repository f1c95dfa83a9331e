# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Stand-in for the node `usb_cam`: the ROS interface of a camera with simulated pictures."""

from __future__ import annotations

import array
from dataclasses import dataclass
import threading
import time
from typing import Any

from builtin_interfaces.msg import Time
import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header
from std_srvs.srv import SetBool

from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.parameters import NodeParameters, parameter
from genvla_node.qos import USB_CAM
from genvla_node.stamps import seconds_from_stamp, stamp_from_seconds
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.ros.stamping import present_stamp
from genvla_sim.scene.camera import TABLE_CAMERA, Camera

_DIAGNOSTICS_PERIOD_S = 1.0
_JPEG_OPTIONS = (cv2.IMWRITE_JPEG_QUALITY, 95)
"""Default quality of image_transport's plugin."""


@dataclass(frozen=True)
class UsbCamParams:
    """The parameters of usb_cam that apply to a simulated camera."""

    framerate: float = parameter(30.0, 'Images per simulated second.', unit='Hz', ge=0.1, le=100)
    frame_id: str = parameter(
        '',
        "Frame id of the images, the camera's optical frame. Empty: "
        '`<robot_name>/camera_optical`.',
    )
    image_width: int = parameter(640, 'Width of the image.', unit='px', ge=16, le=1280)
    image_height: int = parameter(480, 'Height of the image.', unit='px', ge=16, le=960)
    compressed: bool = parameter(
        False, 'Also publish image_raw/compressed, for a policy on another computer.'
    )
    fault_stamp_offset_s: float = parameter(
        0.0,
        'Offset added to the stamps of images; may be changed at any time. The real camera has no '
        'such parameter.',
        unit='s',
        ge=-1e6,
        le=1e6,
        live=True,
    )


class UsbCamNode(Node):
    """Imitates `usb_cam`; start it in the namespace `camera`.

    Publishes: image_raw (sensor_msgs/Image, rgb8), image_raw/compressed
    (sensor_msgs/CompressedImage, JPEG; only on request) as image_transport does, camera_info
    (sensor_msgs/CameraInfo), all reliable, keep last 100, as usb_cam does; /diagnostics.
    Services: set_capture (std_srvs/SetBool).

    Threads: the loop's thread signals when a picture is due. A separate thread owns the OpenGL
    context, draws and publishes; it draws nothing while there are no subscribers. In real time, a
    picture that becomes due while the previous one is being drawn is dropped, and physics never
    waits. With real_time_factor 0, physics waits for every picture.
    """

    def __init__(self, loop: SimulationLoop, robot_name: str = 'vx300s', **kwargs: Any) -> None:
        """Start the drawing thread; the first picture is due at the loop's first step."""
        super().__init__('usb_cam', **kwargs)
        self._loop = loop
        declared = NodeParameters(
            self, UsbCamParams, on_live_change=self._on_live_parameter, alone=False
        )
        self._params = declared.freeze()
        self.frame_id = self._params.frame_id or f'{robot_name}/camera_optical'
        self._stamp_offset_s = self._params.fault_stamp_offset_s
        self._camera = TABLE_CAMERA.resized(self._params.image_width, self._params.image_height)
        self._images = self.create_publisher(Image, 'image_raw', USB_CAM)
        self._compressed = (
            self.create_publisher(CompressedImage, 'image_raw/compressed', USB_CAM)
            if self._params.compressed
            else None
        )
        self._infos = self.create_publisher(CameraInfo, 'camera_info', USB_CAM)
        self.create_service(SetBool, 'set_capture', self._set_capture)
        self._capturing = True
        self._next_due_s = 0.0
        self._due, self._idle = threading.Event(), threading.Event()
        self._idle.set()
        self._closing = False
        self.pictures_drawn = 0
        self._reported, self._left_out, self._drawing_s = 0, 0, 0.0
        self._diagnostics = DiagnosticsPublisher(self, 'simulator')
        self.create_timer(_DIAGNOSTICS_PERIOD_S, self._report)
        self._thread = threading.Thread(target=self._draw_when_due, name='camera', daemon=True)
        self._thread.start()
        loop.add_listener(self._on_tick)

    def destroy_node(self) -> None:
        """Stop the loop and the drawing thread, and destroy the node."""
        self._loop.stop()
        self._closing = True
        self._due.set()
        self._thread.join()
        super().destroy_node()

    @property
    def _wanted(self) -> bool:
        publishers = (self._images, self._compressed, self._infos)
        return self._capturing and any(_has_readers(publisher) for publisher in publishers)

    def _on_tick(self, time_s: float) -> None:
        """Request a picture when one is due (runs in the loop's thread)."""
        if time_s < self._next_due_s:
            return
        self._next_due_s = max(self._next_due_s + 1 / self._params.framerate, time_s)
        if not self._wanted:
            return
        if not self._idle.is_set():
            self._left_out += 1
            return
        self._idle.clear()
        self._due.set()
        if self._loop.real_time_factor == 0.0:
            self._idle.wait()

    def _draw_when_due(self) -> None:
        """Draw every requested picture (runs in the drawing thread)."""
        simulation = self._loop.arm.simulation
        while True:
            self._due.wait()
            self._due.clear()
            if self._closing:
                break
            try:
                self._publish_picture()
            except Exception as error:  # an OpenGL error must not stop the physics
                self._capturing = False
                self.get_logger().error(
                    f'cannot render, capture is off ({error}): install libegl1 and '
                    'libgl1-mesa-dri, or set MUJOCO_GL=osmesa'
                )
            finally:
                self._idle.set()
        simulation.close()

    def _publish_picture(self) -> None:
        started_s = time.monotonic()
        header = Header(stamp=self._stamp(), frame_id=self.frame_id)
        rgb = self._loop.arm.simulation.render(self._camera)
        self._infos.publish(camera_info_msg(self._camera, header))
        if _has_readers(self._images):
            self._images.publish(image_msg(rgb, header))
        if self._compressed is not None and _has_readers(self._compressed):
            self._compressed.publish(compressed_image_msg(rgb, header))
        self.pictures_drawn += 1
        self._drawing_s += time.monotonic() - started_s

    def _stamp(self) -> Time:
        stamp = present_stamp(self, self._loop)
        offset_s = self._stamp_offset_s
        return stamp_from_seconds(seconds_from_stamp(stamp) + offset_s) if offset_s else stamp

    def _on_live_parameter(self, name: str, value: float) -> None:
        assert name == 'fault_stamp_offset_s'
        self._stamp_offset_s = value

    def _set_capture(
        self, request: SetBool.Request, response: SetBool.Response
    ) -> SetBool.Response:
        self._capturing = request.data
        response.success = True
        response.message = 'Start Capturing' if request.data else 'Stop Capturing'
        return response

    def _report(self) -> None:
        drawn, self._reported = self.pictures_drawn - self._reported, self.pictures_drawn
        left_out, self._left_out = self._left_out, 0
        drawing_s, self._drawing_s = self._drawing_s, 0.0
        late = left_out > drawn
        self._diagnostics.publish(
            Status(
                Level.WARN if late else Level.OK,
                f'more than half of the images are too late for {self._params.framerate:g} Hz: '
                'lower framerate or image size'
                if late
                else ('capturing' if self._wanted else 'no subscribers, or capture is off'),
                {
                    'pictures': drawn,
                    'left_out': left_out,
                    'drawing_ms': 1e3 * drawing_s / max(drawn, 1),
                },
            )
        )


def _has_readers(publisher: Publisher[Any] | None) -> bool:
    return publisher is not None and publisher.get_subscription_count() > 0


def image_msg(rgb: NDArray[np.uint8], header: Header) -> Image:
    """Return the message of a picture, shape (height, width, 3) uint8 RGB."""
    height, width, channels = rgb.shape
    # rclpy copies an array of bytes as a whole, and any other sequence value by value.
    data = array.array('B')
    data.frombytes(np.ascontiguousarray(rgb).tobytes())
    return Image(
        header=header,
        height=height,
        width=width,
        encoding='rgb8',
        is_bigendian=0,
        step=channels * width,
        data=data,
    )


def compressed_image_msg(rgb: NDArray[np.uint8], header: Header) -> CompressedImage:
    """Return a picture, (height, width, 3) uint8 RGB, as JPEG like image_transport's plugin."""
    encoded = cv2.imencode('.jpg', cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), _JPEG_OPTIONS)[1]
    return CompressedImage(
        header=header,
        format='rgb8; jpeg compressed bgr8',
        data=array.array('B', encoded.tobytes()),
    )


def camera_info_msg(camera: Camera, header: Header) -> CameraInfo:
    """Return the calibration of an ideal pinhole camera: no distortion, no rectification."""
    intrinsics = camera.intrinsics
    return CameraInfo(
        header=header,
        height=camera.height,
        width=camera.width,
        distortion_model='plumb_bob',
        d=np.zeros(5),
        k=intrinsics.ravel(),
        r=np.eye(3).ravel(),
        p=np.hstack((intrinsics, np.zeros((3, 1)))).ravel(),
    )
