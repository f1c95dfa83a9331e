# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversations in LLaVA's JSON, with pictures in separate files.

An entry is {id, image, conversations}: image is a file name, a list of them, or absent;
conversations is a list of {from: human or gpt, value}. These data sets use it:

- LLaVA CC3M (liuhaotian/LLaVA-CC3M-Pretrain-595K), chat.json: id, image, conversations of one
  turn, <image> before or after the question; pictures in images.zip;
- RoboPoint (wentao-yuan/robopoint-data), robopoint_1432k.json: id, image (absent for language
  only), conversations of several turns, <image> on a line before the first question.

Shape suffixes: E entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_training.data.conversation import Conversation, VisionLanguageDataset
from genvla_training.data.episode import BadData, Image
from genvla_training.data.json_spans import entry_spans
from genvla_training.data.picture_bytes import decode_picture
from genvla_training.data.turns import parse_turns


def open_llava_json(
    json_path: Path | str,
    *,
    image_folder: Path | str | None = None,
    name: str | None = None,
) -> VisionLanguageDataset:
    """Open a file of conversations and index its entries; none stays in memory.

    Args:
        json_path: A list of entries (.json), or one entry per line (.jsonl).
        image_folder: Folder that picture file names are relative to; None for the file's folder.
        name: Name for logs; None for the file's name.

    Raises:
        BadData: The file is missing or truncated, or its entries are not objects.
    """
    path = Path(json_path)
    folder = path.parent if image_folder is None else Path(image_folder)
    return LlavaJson(name or path.stem, path, folder, entry_spans(path))


@dataclass(frozen=True, eq=False)
class LlavaJson:
    """A file opened by open_llava_json(); it keeps no file open and no entry in memory.

    Attributes:
        name: Name for logs.
        path: The file.
        image_folder: As in open_llava_json().
        spans_E2: Offsets of each entry's first byte and of the byte after its last one.
    """

    name: str
    path: Path
    image_folder: Path
    spans_E2: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of conversations."""
        return len(self.spans_E2)

    @property
    def block_starts_K(self) -> NDArray[np.int64]:
        """Index of every entry: each is a block of its own."""
        return np.arange(len(self))

    @property
    def fingerprint(self) -> bytes:
        """Offsets of the entries in the file."""
        return self.spans_E2.tobytes()

    def fetch(self, index: int) -> Callable[[], Conversation]:
        """Return a function that reads and decodes one conversation."""
        return functools.partial(self.read, index)

    def read(self, index: int) -> Conversation:
        """Read one conversation and decode its pictures."""
        entry = self._entry(index)
        source = f'{self.path}, entry {index} (id {entry.get("id")!r})'
        if 'conversations' not in entry:
            raise BadData(f'{source} has no conversations; it has {sorted(entry)}')
        images = tuple(self._picture(file, source) for file in _files(entry.get('image'), source))
        turns = parse_turns(entry['conversations'], num_images=len(images), source=source)
        return Conversation(source, images, turns)

    def _entry(self, index: int) -> Mapping[str, Any]:
        start, end = self.spans_E2[index].tolist()
        try:
            with self.path.open('rb') as file:
                file.seek(start)
                entry = json.loads(file.read(end - start))
            if not isinstance(entry, dict):
                raise ValueError(f'it is {entry!r:.40}, expected an object')
        except (OSError, ValueError) as error:
            raise BadData(
                f'{self.path}, entry {index}, bytes {start} to {end}, cannot be read: {error}; if '
                'the file has changed, open it again; otherwise, download it again'
            ) from error
        return entry

    def _picture(self, file: str, source: str) -> Image:
        path = self.image_folder / file
        try:
            encoded = path.read_bytes()
        except OSError as error:
            raise BadData(
                f'{source}: the image {path} cannot be read: {error}; put the images into '
                f'{self.image_folder}, or set image_folder to their folder'
            ) from error
        return decode_picture(encoded, source=f'{source}, {path}')


def _files(image: object, source: str) -> list[str]:
    files: list[Any] = image if isinstance(image, list) else [image]
    if image is None or image == '':
        return []
    if not all(isinstance(file, str) and file for file in files):
        raise BadData(f'{source}: image is {image!r:.80}, expected a file name or a list of them')
    return files
