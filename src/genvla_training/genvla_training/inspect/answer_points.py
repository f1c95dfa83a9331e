# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Points that an answer names, drawn into the picture that it is about."""

from __future__ import annotations

from collections.abc import Sequence
import re

import cv2
import numpy as np

from genvla_training.data.episode import Image

_POINT = re.compile(r'\(\s*([01](?:\.\d+)?)\s*,\s*([01](?:\.\d+)?)\s*\)')
_COLORS = ((255, 64, 64), (64, 220, 96), (80, 160, 255), (255, 208, 64), (224, 96, 255))


def find_points(answer: str) -> list[tuple[float, float]]:
    """Return the points of an answer, x and y in [0, 1] from the upper left, as in RoboPoint."""
    points = [(float(x), float(y)) for x, y in _POINT.findall(answer)]
    return [point for point in points if max(point) <= 1.0]


def draw_points(image: Image, answers: Sequence[str], *, width_px: int) -> Image:
    """Return a picture of the given width, with the points of all answers.

    Each point has the number of its turn, counted from one.
    """
    height_px = max(1, round(image.shape[0] * width_px / image.shape[1]))
    canvas = np.ascontiguousarray(cv2.resize(image, (width_px, height_px)), dtype=np.uint8)
    for turn, answer in enumerate(answers):
        color = _COLORS[turn % len(_COLORS)]
        for x, y in find_points(answer):
            at = (round(x * width_px), round(y * height_px))
            cv2.circle(canvas, at, 7, (0, 0, 0), 3, cv2.LINE_AA)
            cv2.circle(canvas, at, 7, color, 2, cv2.LINE_AA)
            label_at = (at[0] + 9, at[1] - 6)
            for ink, thickness in (((0, 0, 0), 4), (color, 1)):
                cv2.putText(
                    canvas,
                    str(turn + 1),
                    label_at,
                    cv2.FONT_HERSHEY_SIMPLEX,
                    0.5,
                    ink,
                    thickness,
                    cv2.LINE_AA,
                )
    return canvas
