# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pictures of an episode, kept encoded in memory until they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

from genvla_policy.images.resize import resize_image
from genvla_training.data.episode import Image
from genvla_training.data.picture_bytes import decode_picture


@dataclass(frozen=True, eq=False)
class EncodedFrames(Sequence[tuple[Image, ...]]):
    """The frames of an episode; every access decodes the frame again.

    Attributes:
        encoded: For each step, the JPEG or PNG bytes of each camera.
        steps: Number of each step in the stored episode, for messages.
        image_size: Side of the squares to resize pictures to [px]; None to keep their size.
        resize: Filter; see genvla_policy.images.resize.
        source: File and episode, for messages.
    """

    encoded: Sequence[tuple[bytes, ...]]
    steps: range
    image_size: int | None
    resize: str
    source: str

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.encoded)

    @property
    def num_bytes(self) -> int:
        """Memory used by the pictures [bytes]."""
        return sum(len(picture) for pictures in self.encoded for picture in pictures)

    @overload
    def __getitem__(self, index: int) -> tuple[Image, ...]: ...

    @overload
    def __getitem__(self, index: slice) -> EncodedFrames: ...

    def __getitem__(self, index: int | slice) -> tuple[Image, ...] | EncodedFrames:
        """Return the pictures of one step, or a slice of the steps, still encoded.

        Raises:
            BadData: A picture cannot be decoded.
        """
        if isinstance(index, slice):
            return replace(self, encoded=self.encoded[index], steps=self.steps[index])
        source = f'{self.source}, step {self.steps[index]}'
        return tuple(self._picture(encoded, source) for encoded in self.encoded[index])

    def _picture(self, encoded: bytes, source: str) -> Image:
        picture = decode_picture(encoded, source=source)
        if self.image_size is None:
            return picture
        return resize_image(picture, self.image_size, self.resize)
