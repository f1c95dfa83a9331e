# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the video of an episode: the camera images, with instruction and policy output below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_bringup.demo.episode import DemoEpisode, Frame, NotAnEpisode
from genvla_bringup.operate.bridge_news import is_halted

Picture = NDArray[np.uint8]

FRAME_RATE_HZ = 10

_BAND_HEIGHT_PX = 84
_MARGIN_PX = 10
_BACKGROUND = (24, 26, 30)
_BRIGHT = (240, 240, 240)
_DIM = (160, 165, 172)
_ACCENT = (86, 156, 214)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CHARACTER_PX = 8.5
"""Mean width of a character at the scale of the band's text."""


def write_video(episode: DemoEpisode, frames: Iterable[Frame], path: Path) -> None:
    """Write an mp4 at FRAME_RATE_HZ that lasts as long as the episode.

    The codec is H.264 if the FFmpeg build has libx264, else MPEG-4 part 2.

    Args:
        episode: Source of the text below the images.
        frames: Images in order of time, all of one size.
        path: File to write.

    Raises:
        NotAnEpisode: There are no images.
    """
    codec = 'libx264' if 'libx264' in av.codecs_available else 'mpeg4'
    count = 0
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=FRAME_RATE_HZ)
        assert isinstance(stream, av.VideoStream)
        stream.pix_fmt = 'yuv420p'
        if codec == 'libx264':
            stream.options = {'crf': '23', 'preset': 'veryfast'}
        for time_s, frame in at_constant_rate(frames, episode.start_s, episode.end_s):
            picture = with_band(frame.pixels, episode, time_s)
            if count == 0:
                stream.height, stream.width = picture.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format='rgb24')))
            count += 1
        if count == 0:
            raise NotAnEpisode('no camera images were recorded while the policy was active')
        container.mux(stream.encode())


def at_constant_rate(
    frames: Iterable[Frame], start_s: float, end_s: float
) -> Iterator[tuple[float, Frame]]:
    """Yield the newest frame at each tick of FRAME_RATE_HZ from start to end.

    Ticks before the first frame are skipped.
    """
    source = iter(frames)
    upcoming = next(source, None)
    current = None
    for tick in range(round((end_s - start_s) * FRAME_RATE_HZ)):
        time_s = start_s + tick / FRAME_RATE_HZ
        while upcoming is not None and upcoming.time_s <= time_s:
            current, upcoming = upcoming, next(source, None)
        if current is not None:
            yield time_s, current


def with_band(pixels: Picture, episode: DemoEpisode, time_s: float) -> Picture:
    """Return the image with a band of text below; both sides are even, as video codecs require."""
    height, width = (side - side % 2 for side in pixels.shape[:2])
    canvas = np.full((height + _BAND_HEIGHT_PX, width, 3), _BACKGROUND, dtype=np.uint8)
    canvas[:height] = pixels[:height, :width]
    instruction = _latest_text(episode.instructions, time_s)
    chunk = _latest_text([(c.arrival_s, c.text) for c in episode.chunks], time_s)
    room = int((width - 2 * _MARGIN_PX) / _CHARACTER_PX)
    _write(canvas, instruction, (_MARGIN_PX, height + 24), _BRIGHT, room)
    _write(canvas, chunk, (_MARGIN_PX, height + 48), _DIM, room)
    _write(canvas, _figures(episode, time_s), (_MARGIN_PX, height + 72), _DIM, room)
    _draw_gripper(canvas, episode.gripper.latest(time_s), height + 64)
    return canvas


def _figures(episode: DemoEpisode, time_s: float) -> str:
    point = episode.measured.latest(time_s)
    where = '' if point is None else 'tool {:+.3f} {:+.3f} {:+.3f} m'.format(*point)
    status = _latest_text(episode.bridge_statuses, time_s)
    halted = status.partition(':')[0] if is_halted(status) else ''
    return f'{time_s - episode.start_s:5.1f} s   {where}   {halted}'


def _draw_gripper(canvas: Picture, opening: NDArray[np.float64] | None, top: int) -> None:
    """Draw a bar at the right whose filled length shows the gripper opening."""
    if opening is None:
        return
    length, right = 100, canvas.shape[1] - _MARGIN_PX
    filled = right - length + round(length * float(np.clip(opening[0], 0.0, 1.0)))
    _write(canvas, 'gripper', (right - length - 70, top + 8), _DIM, 7)
    cv2.rectangle(canvas, (right - length, top), (filled, top + 8), _ACCENT, cv2.FILLED)
    cv2.rectangle(canvas, (right - length, top), (right, top + 8), _DIM, 1)


def _write(
    canvas: Picture, text: str, origin: tuple[int, int], color: tuple[int, int, int], room: int
) -> None:
    shown = text if len(text) <= room else text[: room - 3] + '...'
    cv2.putText(canvas, shown, origin, _FONT, 0.45, color, 1, cv2.LINE_AA)


def _latest_text(texts: Iterable[tuple[float, str]], time_s: float) -> str:
    past = [text for start_s, text in texts if start_s <= time_s]
    return past[-1] if past else ''
