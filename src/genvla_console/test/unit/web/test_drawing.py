# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The drawing over the camera's image."""

import math
import time

import cv2
import numpy as np

from genvla_bags.camera_view import CameraView
from genvla_console.web.drawing import draw
from genvla_console.web.robot_view import PICTURE, ChunkView, RobotView

K = np.array([[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]])
ABOVE = np.diag([1.0, -1.0, -1.0, 1.0])
ABOVE[2, 3] = 1.0  # one metre above the base, looking down


def view_of_a_table(**changes):
    chunk = ChunkView(
        0, 'pick', np.array([[0.0, 0.0, 0.0], [0.2, 0.0, 0.0]]), 0, '0.5', (0.9,), 40.0
    )
    view = RobotView(
        picture=lambda: np.full((480, 640, 3), 50, np.uint8),
        instruction='pick',
        chunk=chunk,
        camera=CameraView(K, ABOVE, 640, 480),
    )
    view.heard_s[PICTURE] = math.inf
    for name, value in changes.items():
        setattr(view, name, value)
    return view


def drawn(view):
    return cv2.cvtColor(
        cv2.imdecode(np.frombuffer(draw(view), np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB
    ).astype(int)


def is_path(pixel):
    red, _, blue = pixel
    return red > 200 and blue < 90


def test_the_path_of_the_chunk_is_drawn_where_the_camera_sees_it():
    picture = drawn(view_of_a_table())
    assert is_path(picture[240, 360])  # on the path from the middle to 0.2 m to the right
    assert not is_path(picture[240, 280])


def test_the_path_is_not_drawn_for_another_instruction_or_without_calibration():
    for changes in ({'instruction': 'put'}, {'camera': None}, {'chunk': None}):
        assert not is_path(drawn(view_of_a_table(**changes))[240, 360])


def has_white_text(picture):
    return picture[:40].min(axis=-1).max() > 200


def test_an_unreadable_camera_image_is_grey():
    view = RobotView(heard_s={PICTURE: math.inf})
    assert abs(drawn(view) - 90).max() < 5


def test_a_camera_that_is_silent_looks_different_from_one_that_is_live():
    view = view_of_a_table()
    assert drawn(view)[400, 320].max() == 50
    assert not has_white_text(drawn(view))
    view.heard_s[PICTURE] = time.monotonic() - 3.0
    assert drawn(view)[400, 320].max() == 25
    assert has_white_text(drawn(view))
    assert has_white_text(drawn(RobotView()))
