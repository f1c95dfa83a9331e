# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw the instruction and the chunk's path over the camera's picture."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_console.web.robot_view import PICTURE, RobotView

_WIDTH = 640
_QUALITY = 80
_PATH_RGB, _COMMITTED_RGB, _TEXT_RGB = (255, 170, 0), (90, 200, 255), (255, 255, 255)


def draw(view: RobotView) -> bytes:
    """Return a JPEG of the newest picture, dark if it is old, or a grey one if there is none."""
    picture, silence = view.picture(), view.silence(PICTURE)
    if picture is None:
        drawn = np.full((_WIDTH * 3 // 4, _WIDTH, 3), 90, np.uint8)
    else:
        height = round(_WIDTH * picture.shape[0] / picture.shape[1])
        drawn = np.ascontiguousarray(
            cv2.resize(picture, (_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8
        )
        _draw_path(drawn, view, picture)
        if view.instruction:
            _write(drawn, view.instruction, bottom=height - 14)
    if silence:
        drawn //= 2
        _write(drawn, f'no image {silence}', bottom=30)
    return _jpeg(drawn)


def _draw_path(drawn: NDArray[np.uint8], view: RobotView, picture: NDArray[np.uint8]) -> None:
    camera, chunk = view.camera, view.chunk
    if camera is None or chunk is None or not camera.fits(picture):
        return
    if chunk.instruction != view.instruction:
        return  # the chunk is obsolete
    pixels_N2 = camera.project(chunk.path_N3) * (drawn.shape[1] / camera.width)
    if not np.isfinite(pixels_N2).all():
        return
    points = np.rint(pixels_N2).astype(int).tolist()
    for number, (start, end) in enumerate(itertools.pairwise(points)):
        colour = _COMMITTED_RGB if number < chunk.num_committed else _PATH_RGB
        cv2.line(drawn, start, end, colour, 2, cv2.LINE_AA)
        cv2.circle(drawn, end, 3, colour, -1, cv2.LINE_AA)


def _write(drawn: NDArray[np.uint8], text: str, *, bottom: int) -> None:
    font, scale, left = cv2.FONT_HERSHEY_SIMPLEX, 0.6, 10
    (width, height), _ = cv2.getTextSize(text, font, scale, 1)
    corner = left + width + 6, bottom + 8
    cv2.rectangle(drawn, (left - 6, bottom - height - 8), corner, (0, 0, 0), -1)
    cv2.putText(drawn, text, (left, bottom), font, scale, _TEXT_RGB, 1, cv2.LINE_AA)


def _jpeg(rgb: NDArray[np.uint8]) -> bytes:
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return encoded.tobytes()
