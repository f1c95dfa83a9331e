# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A clock on a screen that a camera films, to measure the camera's latency.

A web page draws the time as black and white cells and redraws them on every screen refresh. An
image exposed during a redraw mixes two times; the check cells reveal it.
"""

from __future__ import annotations

import json
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Cells = NDArray[np.bool_]

ROWS, COLUMNS = 7, 9
"""Size of the grid in cells, including a black border. Of the four corner cells inside the border,
only the top left one is white."""

_TIME_BITS, _CHECK_BITS, _CHECK_MODULUS = 23, 8, 251
WRAP_MS: Final = 2**_TIME_BITS
"""The clock wraps around after this time, 2.3 hours [ms]."""

_CORNERS = ((1, 1), (1, COLUMNS - 2), (ROWS - 2, 1), (ROWS - 2, COLUMNS - 2))
_PLACES = [
    (row, column)
    for row in range(1, ROWS - 1)
    for column in range(1, COLUMNS - 1)
    if (row, column) not in _CORNERS
]
assert len(_PLACES) == _TIME_BITS + _CHECK_BITS

_CELL_PX = 8
_LEAST_SHARE = 0.002
_LEAST_CONTRAST = 40.0


def cells(time_ms: int) -> Cells:
    """Return the cells that the clock shows, shape (ROWS, COLUMNS): whether each cell is white.

    Args:
        time_ms: Time of a clock, shown modulo `WRAP_MS` [ms].
    """
    shown = time_ms % WRAP_MS
    bits = [bool(shown >> i & 1) for i in range(_TIME_BITS)]
    bits += [bool(shown % _CHECK_MODULUS >> i & 1) for i in range(_CHECK_BITS)]
    grid = np.zeros((ROWS, COLUMNS), np.bool_)
    for (row, column), bit in zip(_PLACES, bits, strict=True):
        grid[row, column] = bit
    grid[_CORNERS[0]] = True
    return grid


def read(rgb: Image) -> int | None:
    """Return the time modulo `WRAP_MS` [ms] that an image shows.

    Args:
        rgb: (height, width, 3) uint8. The clock may be tilted or rotated in the image.

    Returns:
        None if the image shows no clock, or was exposed during a redraw.
    """
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    for corners in _quadrangles(grey):
        for turn in range(4):
            time_ms = _read_cells(grey, np.roll(corners, turn, axis=0))
            if time_ms is not None:
                return time_ms
    return None


def lag_ms(at_s: float, shown_ms: int) -> float:
    """Return how far a time lags behind the time that was shown [ms], within half of `WRAP_MS`."""
    half = WRAP_MS / 2
    return float((at_s * 1000.0 - shown_ms + half) % WRAP_MS - half)


def _quadrangles(grey: Image) -> list[NDArray[np.float32]]:
    """Return dark quadrilaterals, the largest first; corners clockwise, shape (4, 2) [px]."""
    _, dark = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in sorted(contours, key=cv2.contourArea, reverse=True):
        if cv2.contourArea(contour) < _LEAST_SHARE * grey.size:
            break
        polygon = cv2.approxPolyDP(contour, 0.03 * cv2.arcLength(contour, True), True)
        if len(polygon) == 4 and cv2.isContourConvex(polygon):
            corners = polygon.reshape(4, 2).astype(np.float32)
            is_clockwise = cv2.contourArea(polygon, oriented=True) > 0
            found.append(corners if is_clockwise else corners[::-1])
    return found


def _read_cells(grey: Image, corners: NDArray[np.float32]) -> int | None:
    width, height = COLUMNS * _CELL_PX, ROWS * _CELL_PX
    upright = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    to_upright = cv2.getPerspectiveTransform(np.ascontiguousarray(corners), upright)
    flat = cv2.warpPerspective(grey, to_upright, (width, height))
    middles = slice(_CELL_PX // 2, None, _CELL_PX)
    levels = cv2.blur(flat, (3, 3))[middles, middles].astype(np.float64)
    low, high = levels.min(), levels.max()
    if high - low < _LEAST_CONTRAST:
        return None
    grid = levels > (low + high) / 2
    time_ms = sum(int(grid[place]) << i for i, place in enumerate(_PLACES[:_TIME_BITS]))
    return time_ms if np.array_equal(grid, cells(time_ms)) else None


def page() -> str:
    """Return the clock as a web page."""
    layout = {
        'rows': ROWS,
        'columns': COLUMNS,
        'places': _PLACES,
        'corner': _CORNERS[0],
        'timeBits': _TIME_BITS,
        'modulus': _CHECK_MODULUS,
    }
    return _PAGE.replace('LAYOUT', json.dumps(layout))


_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>screen clock</title>
<style>
  html, body { margin: 0; height: 100%; overflow: hidden; background: white; }
  canvas { display: block; margin: 6vh auto 0; height: 84vh; }
  p { text-align: center; font: 2vh sans-serif; margin: 1vh; }
</style>
<canvas></canvas>
<p>Film the whole clock, in focus. F11: full screen.</p>
<script>
const layout = LAYOUT;
const canvas = document.querySelector('canvas'), size = 100;
canvas.width = layout.columns * size;
canvas.height = layout.rows * size;
const context = canvas.getContext('2d');
const fill = ([row, column], colour) => {
  context.fillStyle = colour;
  context.fillRect(column * size, row * size, size, size);
};
const draw = () => {
  const time = Date.now() % 2 ** layout.timeBits, check = time % layout.modulus;
  context.fillStyle = 'black';
  context.fillRect(0, 0, canvas.width, canvas.height);
  fill(layout.corner, 'white');
  layout.places.forEach((place, i) => {
    const bit = i < layout.timeBits ? time >> i : check >> (i - layout.timeBits);
    if (bit & 1) fill(place, 'white');
  });
  requestAnimationFrame(draw);
};
draw();
</script>
"""
