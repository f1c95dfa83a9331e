# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The moments with the largest errors, with their pictures."""

from __future__ import annotations

from dataclasses import dataclass
import heapq

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_bags.asking import Moment
from genvla_bags.camera_view import CameraView
from genvla_eval.replay.answers import Row
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.kinematics import forward

Array = NDArray[np.float64]

PREDICTED_RGB, REFERENCE_RGB = (209, 112, 31), (31, 111, 180)
_WIDTH_PX = 320


@dataclass(frozen=True, eq=False)
class WorstMoment:
    """A moment with a large error.

    Attributes:
        error_mm: Distance of the first step's translation from the recorded one.
        row: The answer.
        picture: Downscaled image of the first camera, (H, W, 3) uint8 RGB. If the camera's pose is
            known, the predicted and recorded paths are drawn into it.
    """

    error_mm: float
    row: Row
    picture: NDArray[np.uint8]


class Worst:
    """Keeps the pictures of the worst moments seen so far."""

    def __init__(self, num_kept: int) -> None:
        """Start without moments."""
        self._num_kept = num_kept
        self._heap: list[tuple[float, int, WorstMoment]] = []
        self._count = 0

    def offer(self, moment: Moment, row: Row, view: CameraView | None) -> None:
        """Keep a moment if it is among the worst so far."""
        error_mm = row.translation_error_mm
        full = len(self._heap) == self._num_kept
        if not np.isfinite(error_mm) or (full and error_mm <= self._heap[0][0]):
            return
        self._count += 1
        entry = error_mm, -self._count, WorstMoment(error_mm, row, _picture(moment, row, view))
        if full:
            heapq.heapreplace(self._heap, entry)
        else:
            heapq.heappush(self._heap, entry)

    def ranked(self) -> list[WorstMoment]:
        """Return the kept moments, the worst first."""
        return [entry[2] for entry in sorted(self._heap, reverse=True)]


def path_of(q: Array, actions_HA: Array) -> Array:
    """Return the tool's path from a pose, (H + 1, 3) [m]; it ends at the first NaN action."""
    pose = forward(q)
    points = [pose[:3, 3]]
    for action in actions_HA:
        if not np.isfinite(action[:6]).all():
            break
        pose = apply_delta(pose, action)
        points.append(pose[:3, 3])
    return np.array(points)


def _picture(moment: Moment, row: Row, view: CameraView | None) -> NDArray[np.uint8]:
    picture = moment.images[0]
    height = round(picture.shape[0] * _WIDTH_PX / picture.shape[1])
    resized = cv2.resize(picture, (_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    small = np.asarray(resized, dtype=np.uint8)
    if view is not None and view.fits(picture) and moment.q is not None:
        for actions, colour in (
            (row.reference_HA, REFERENCE_RGB),
            (row.predicted_HA, PREDICTED_RGB),
        ):
            # The calibration may be for another image size than the recording.
            _draw(small, _WIDTH_PX / view.width * view.project(path_of(moment.q, actions)), colour)
    return small


def _draw(picture: NDArray[np.uint8], pixels_N2: Array, colour: tuple[int, int, int]) -> None:
    if not np.isfinite(pixels_N2).all():
        return
    points = np.round(pixels_N2).astype(np.int32)
    cv2.polylines(picture, [points], isClosed=False, color=colour, thickness=2)
    cv2.circle(picture, points[-1].tolist(), 4, colour, -1)
