# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures from make_vl with labels for every patch, in batches for training a vision tower.

Shape suffixes: B pictures, P patches, K numbers, C colours, S side of a picture [px].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
import torch
from torch import Tensor

from genvla_policy.images.picture_fit import PictureFit
from genvla_policy.images.pixels import to_pixels
from genvla_training.data.episode import BadData, Image
from genvla_training.data.picture_bytes import decode_picture
from genvla_training.synthetic.patches import NUM_PATCHES, WORDS

PLACE = slice(0, 2)
"""Position of the patch, x and y [picture widths and heights]."""
THING = slice(2, 4)
"""Position of the patch's object relative to the patch."""
FROM_GRIPPER = slice(4, 7)
"""Position of the patch's object relative to the finger tips, in the base frame [m]."""
TURN = slice(7, 9)
"""Cosine and sine of twice the turn that lays the fingers across the object."""
YAW = slice(9, 11)
"""Cosine and sine of twice the direction of the object, or of the gripper, seen from above."""
TIP = slice(11, 13)
"""Position of the finger tips relative to the patch."""
NUM_NUMBERS = 13
SCALE_K = np.array([1, 1, 4, 4, 5, 5, 5, 1, 1, 1, 1, 4, 4], np.float32)
"""Scales that bring the numbers to about one."""


@dataclass(frozen=True, eq=False)
class PatchLabels:
    """Labels of every patch of a picture.

    Attributes:
        words_P: Index into WORDS.
        numbers_PK: Numbers times SCALE_K; 0 where unknown.
        is_known_PK: Which numbers are known. A patch of table has no object, and only gripper
            patches know the position of the finger tips.
    """

    words_P: NDArray[np.int64]
    numbers_PK: NDArray[np.float32]
    is_known_PK: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PatchBatch:
    """Pictures in [-1, 1], each with PatchLabels."""

    pixels_BCSS: Tensor
    words_BP: Tensor
    numbers_BPK: Tensor
    is_known_BPK: Tensor


class PatchPictures:
    """Entries of make_vl's JSON; pictures are decoded once and kept in memory, 50 KB each."""

    def __init__(
        self, entries: Sequence[Mapping[str, Any]], folder: Path, *, fit: PictureFit
    ) -> None:
        """Store the entries; no pictures are read yet.

        Args:
            entries: Entries from read_entries().
            folder: Folder that picture file names are relative to.
            fit: Conversion of pictures to the tower's input size.
        """
        self._entries, self._folder, self._fit = entries, folder, fit
        self._images: dict[int, Image] = {}

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._entries)

    def batches(self, rng: Generator, *, batch_size: int, count: int) -> Iterator[PatchBatch]:
        """Yield random batches; a picture repeats only when the others no longer fill a batch.

        Args:
            rng: Source of randomness for the order.
            batch_size: Pictures per batch; at most the number of pictures.
            count: Number of batches.

        Raises:
            BadData: A picture is missing or cannot be decoded.
        """
        order: list[int] = []
        for _ in range(count):
            if len(order) < batch_size:
                order = rng.permutation(len(self)).tolist()
            yield self.batch([order.pop() for _ in range(batch_size)])

    def batch(self, indices: Sequence[int]) -> PatchBatch:
        """Return a batch of the pictures with these numbers.

        Raises:
            BadData: A picture is missing or cannot be decoded.
        """
        labels = [patch_labels(self._entries[index]) for index in indices]
        return PatchBatch(
            torch.stack([to_pixels(self._image(index)) for index in indices]),
            torch.from_numpy(np.stack([each.words_P for each in labels])),
            torch.from_numpy(np.stack([each.numbers_PK for each in labels])),
            torch.from_numpy(np.stack([each.is_known_PK for each in labels])),
        )

    def _image(self, index: int) -> Image:
        if index not in self._images:
            path = self._folder / self._entries[index]['image']
            try:
                encoded = path.read_bytes()
            except OSError as error:
                raise BadData(f'the image {path} cannot be read: {error.strerror}') from error
            image = decode_picture(encoded, source=str(path))
            self._images[index] = self._fit.whole(image)
        return self._images[index]


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Read the JSON file written by make_vl.

    Raises:
        BadData: The file is missing, damaged, or from another source without patch labels.
    """
    try:
        entries = json.loads(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise BadData(
            f'{path} cannot be read: {error.strerror}; create it with genvla data questions, or '
            'give another file'
        ) from error
    except ValueError as error:
        raise BadData(
            f'{path} is not JSON: {error}; create it again with genvla data questions'
        ) from error
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and 'patches' in entry for entry in entries
    ):
        raise BadData(
            f'{path} has no labels for image patches; expected a file from genvla data questions'
        )
    return entries


def patch_labels(entry: Mapping[str, Any]) -> PatchLabels:
    """Return the labels of one entry of make_vl's JSON."""
    words = np.array([WORDS.index(word) for word in entry['patches']])
    middles = (np.arange(NUM_PATCHES) + 0.5) / NUM_PATCHES
    place = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    numbers = np.zeros((len(words), NUM_NUMBERS), np.float32)
    known = np.zeros((len(words), NUM_NUMBERS), bool)
    numbers[:, PLACE], known[:, PLACE] = place, True
    for name, thing in entry['objects'].items():
        shows = words == WORDS.index(name.rpartition('_')[2])
        numbers[shows, THING] = np.array(thing['point']) - place[shows]
        numbers[shows, FROM_GRIPPER] = thing['from_gripper_m']
        known[shows, THING.start : FROM_GRIPPER.stop] = True
        if 'yaw_rad' in thing:
            numbers[shows, TURN] = _twice(thing['turn_rad'])
            numbers[shows, YAW] = _twice(thing['yaw_rad'])
            known[shows, TURN.start : YAW.stop] = True
    shows = words == WORDS.index('gripper')
    numbers[shows, YAW], known[shows, YAW] = _twice(entry['gripper']['yaw_rad']), True
    numbers[shows, TIP] = np.array(entry['gripper']['point']) - place[shows]
    known[shows, TIP] = True
    return PatchLabels(words, numbers * SCALE_K, known)


def _twice(angle_rad: float) -> tuple[float, float]:
    """Return cosine and sine of twice an angle, which a half turn of a long object preserves."""
    return math.cos(2.0 * angle_rad), math.sin(2.0 * angle_rad)
