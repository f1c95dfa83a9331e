# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the pictures of one episode from a video, which may hold several, or from parquet rows.

Shape suffixes: T steps of the episode.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
import pyarrow as pa

from genvla_training.data.episode import BadData, Image
from genvla_training.data.lerobot.unreadable import must_be_readable


def read_video(
    path: Path,
    times_T: NDArray[np.float64],
    *,
    period_s: float,
    source: str,
    convert: Callable[[Image], bytes],
) -> list[bytes]:
    """Read the pictures nearest to given times, seeking to avoid decoding the rest of the file.

    Args:
        path: A video file.
        times_T: Times in the file [s], increasing.
        period_s: Time between two steps [s]; a picture may be at most half of it away.
        source: Description of the data, for messages.
        convert: Converts a picture to the bytes to keep.

    Raises:
        BadData: The file is missing or unreadable, or has no picture at one of the times.
    """
    pictures: list[bytes] = []
    with (
        must_be_readable(path, source),
        closing(_frames(path, float(times_T[0]) - period_s / 2, source)) as frames,
    ):
        earlier, later = None, next(frames, None)
        for time_s in times_T.tolist():
            while later is not None and later.time < time_s:
                earlier, later = later, next(frames, None)
            found = [frame for frame in (earlier, later) if frame is not None]
            nearest = min(found, key=lambda frame: abs(frame.time - time_s), default=None)
            if nearest is None or abs(nearest.time - time_s) > period_s / 2:
                raise BadData(
                    f'{source}: {path} has no image within {period_s / 2:.4g} s of {time_s:.4g} '
                    f's, for step {len(pictures)} of {len(times_T)}; the video is shorter than '
                    'its episode, or has another rate: download it again, or exclude the episode'
                )
            picture = nearest.to_ndarray(format='rgb24')
            pictures.append(convert(np.asarray(picture, dtype=np.uint8)))
    return pictures


def picture_rows(rows: pa.ChunkedArray, *, source: str) -> list[bytes]:
    """Return the bytes of pictures in parquet rows, stored as struct{bytes, path} or as bytes.

    Args:
        rows: T rows of a column.
        source: Description of the data, for messages.

    Raises:
        BadData: A row has no bytes.
    """
    pictures = []
    for step, row in enumerate(rows):
        value = row.as_py()
        encoded = value.get('bytes') if isinstance(value, dict) else value
        if not isinstance(encoded, bytes):
            raise BadData(
                f'{source}: no image for step {step}; expected the bytes of a PNG or JPEG file. '
                'Images in separate files are not supported'
            )
        pictures.append(encoded)
    return pictures


def _frames(path: Path, start_s: float, source: str) -> Generator[av.VideoFrame]:
    """Yield the pictures of a video in order, starting at a key frame at or before `start_s`."""
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise BadData(
                f'{source}: {path} contains no video stream; expected an mp4 file of images'
            )
        stream = container.streams.video[0]
        # Loader processes share the cores; decoder threads would only use more memory.
        stream.codec_context.thread_count = 1
        if start_s > 0:
            container.seek(int(start_s * av.time_base))
        yield from (frame for frame in container.decode(stream) if frame.pts is not None)
