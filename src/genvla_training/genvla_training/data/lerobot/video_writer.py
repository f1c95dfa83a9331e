# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write episodes of pictures one after another to mp4 files of limited size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.video.frame import PictureType

from genvla_training.data.episode import Image
from genvla_training.data.lerobot.layout import VIDEO_PATH, FileNumber, FileSizes

CODEC = 'h264'
PIXEL_FORMAT = 'yuv420p'


@dataclass(frozen=True)
class VideoPlace:
    """The location of one episode's pictures from one camera.

    Attributes:
        number: Number of the file.
        start_s: Time of the first picture in the file [s].
        end_s: Time after the last picture [s].
    """

    number: FileNumber
    start_s: float
    end_s: float


@dataclass(frozen=True)
class VideoFormat:
    """The format of one camera's videos.

    Every second picture is a key frame, so that seeking is fast.

    Attributes:
        fps: Pictures per second [Hz].
        height: Height of every picture [px]; even, because the codec halves the colour resolution.
        width: Width of every picture [px]; even.
        crf: Quality of x264: 0 is lossless, 51 the worst.
    """

    fps: int
    height: int
    width: int
    crf: int

    def __post_init__(self) -> None:
        if min(self.height, self.width) < 2 or self.height % 2 or self.width % 2:
            raise ValueError(
                f'images are {self.height} x {self.width} (height, width); video needs even '
                'sizes: crop or resize them'
            )


class VideoWriter:
    """Writes the videos of one camera.

    The first picture of every episode is a key frame, so an episode decodes without its
    neighbours.
    """

    def __init__(self, folder: Path, key: str, video: VideoFormat, sizes: FileSizes) -> None:
        """Prepare to write; begin_episode() creates the first file.

        Args:
            folder: The data set's folder.
            key: The camera's feature key.
            video: Format of the videos.
            sizes: Thresholds for starting a new file.
        """
        self._folder = folder
        self._key = key
        self._video = video
        self._sizes = sizes
        self._number = FileNumber()
        self._file: _VideoFile | None = None
        self._first = 0

    def begin_episode(self) -> None:
        """Begin an episode, in a new file if the current one is full."""
        if self._file is not None and self._file.num_bytes >= self._sizes.video_bytes:
            self.close()
            self._number = self._number.next(self._sizes.chunk_files)
        if self._file is None:
            path = self._folder / self._number.path(VIDEO_PATH, self._key)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _VideoFile(path, self._video)
        self._first = self._file.num_pictures

    def add(self, picture: Image) -> None:
        """Add a picture to the current episode."""
        assert self._file is not None
        self._file.write(picture, is_key=self._file.num_pictures == self._first)

    def end_episode(self) -> VideoPlace:
        """Return the location of the pictures added since begin_episode()."""
        assert self._file is not None
        fps = self._video.fps
        return VideoPlace(self._number, self._first / fps, self._file.num_pictures / fps)

    def close(self) -> None:
        """Finish the file, which is unreadable until then."""
        if self._file is not None:
            self._file.close()
            self._file = None


class _VideoFile:
    def __init__(self, path: Path, video: VideoFormat) -> None:
        self.num_pictures = 0
        self.num_bytes = 0
        self._container = av.open(str(path), 'w', options={'movflags': 'faststart'})
        options = {'crf': str(video.crf), 'g': '2', 'bf': '0', 'threads': '1'}
        self._stream = self._container.add_stream('libx264', rate=video.fps, options=options)
        self._stream.pix_fmt = PIXEL_FORMAT
        self._stream.height = video.height
        self._stream.width = video.width

    def write(self, picture: Image, *, is_key: bool) -> None:
        frame = av.VideoFrame.from_ndarray(picture, format='rgb24')
        frame.pts = self.num_pictures
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        self.num_pictures += 1
        self._mux(frame)

    def close(self) -> None:
        if self.num_pictures:
            self._mux(None)
        self._container.close()

    def _mux(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self.num_bytes += packet.size
            self._container.mux(packet)
