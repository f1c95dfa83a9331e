# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Labelled pictures: CIFAR-10's binary files, or a folder per class.

Shape suffixes: I pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genvla_eval.picture_file import read_picture

Labels = NDArray[np.int64]

_SIDE = 32
_RECORD_BYTES = 1 + 3 * _SIDE * _SIDE
_TRAIN_FILES = tuple(f'data_batch_{number}.bin' for number in range(1, 6))
_TEST_FILE = 'test_batch.bin'
_NAMES_FILE = 'batches.meta.txt'
_PICKLED = 'cifar-10-batches-py'
_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.webp')
_SPLIT_FOLDERS = ('train', 'test')


class BadImageSet(ValueError):
    """The folder is not a labelled image set; the message names the expected form."""


class Pictures(Protocol):
    """Pictures by number."""

    def __call__(self, index: int) -> NDArray[np.uint8]:
        """Return one picture as (H, W, 3) uint8 RGB."""


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Labelled pictures, which are read on demand.

    Attributes:
        name: Name of the set.
        class_names: Names of the classes.
        labels_I: Class of each picture.
        is_test_I: Which pictures the probe is tested on; it is trained on the others.
        read: Reads a picture.
    """

    name: str
    class_names: Sequence[str]
    labels_I: Labels
    is_test_I: NDArray[np.bool_]
    read: Pictures

    def some(self, *, train: int, test: int, seed: int) -> tuple[Labels, Labels]:
        """Choose pictures, balanced over the classes as far as their sizes allow.

        Args:
            train: Maximum number of training pictures.
            test: Maximum number of test pictures.
            seed: Random seed for the choice.

        Returns:
            Numbers of the training and of the test pictures, in random order.
        """
        rng = np.random.default_rng(seed)
        return (
            _evenly(self.labels_I, np.flatnonzero(~self.is_test_I), train, rng),
            _evenly(self.labels_I, np.flatnonzero(self.is_test_I), test, rng),
        )


def open_labelled_images(folder: Path, *, test_share: float, seed: int) -> LabelledImages:
    """Open CIFAR-10's binary version, or a folder with a subfolder per class.

    CIFAR-10 has its own test set. A folder with train/ and test/, each with the classes, also has
    one. Otherwise a share of every class becomes the test set.

    Args:
        folder: cifar-10-batches-bin, or the folder of classes.
        test_share: Share of the test set if there is none, in (0, 1).
        seed: Random seed for its choice.

    Raises:
        BadImageSet: The folder is neither, a file is truncated, or there are too few pictures or
            classes.
    """
    if not folder.is_dir():
        raise BadImageSet(f'{folder} is not a folder; expected labelled images')
    if (folder / _TEST_FILE).is_file():
        found = _open_cifar(folder)
    elif folder.name == _PICKLED or (folder / 'data_batch_1').is_file():
        raise BadImageSet(
            f'{folder} is the Python version of CIFAR-10, whose files are pickles and can run '
            'code when they are read; download the binary version (cifar-10-binary.tar.gz) '
            'instead'
        )
    else:
        found = _open_folder(folder, test_share, np.random.default_rng(seed))
    for part, chosen_I in (('train on', ~found.is_test_I), ('test on', found.is_test_I)):
        missing = set(range(len(found.class_names))) - set(found.labels_I[chosen_I].tolist())
        if missing:
            names = [found.class_names[index] for index in sorted(missing)]
            raise BadImageSet(
                f'{folder} has no images of {", ".join(names[:5])} to {part}; every class needs '
                'images for both'
            )
    if len(found.class_names) < 2:
        raise BadImageSet(
            f'{folder} has only one class, {found.class_names[0]}; expected at least 2'
        )
    return found


def _open_cifar(folder: Path) -> LabelledImages:
    """Open the binary version: records of a label and three planes of 32 x 32 pixels.

    Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
    """
    records = [_records(folder / name) for name in (*_TRAIN_FILES, _TEST_FILE)]
    starts = np.cumsum([0, *map(len, records)])
    labels_I = np.concatenate([each[:, 0] for each in records]).astype(np.int64)
    names = (folder / _NAMES_FILE).read_text(encoding='utf-8').split()
    if labels_I.max() >= len(names):
        raise BadImageSet(
            f'{folder} has an image of class {labels_I.max()}, but {_NAMES_FILE} lists '
            f'{len(names)} classes; download it again'
        )

    def read(index: int) -> NDArray[np.uint8]:
        file = int(np.searchsorted(starts, index, side='right')) - 1
        planes = records[file][index - starts[file], 1:].reshape(3, _SIDE, _SIDE)
        return np.ascontiguousarray(planes.transpose(1, 2, 0))

    return LabelledImages(
        'CIFAR-10', names, labels_I, np.arange(len(labels_I)) >= starts[-2], read
    )


def _records(path: Path) -> NDArray[np.uint8]:
    """Map a file into memory as (I, 3073)."""
    size = path.stat().st_size if path.is_file() else 0
    if not size or size % _RECORD_BYTES:
        raise BadImageSet(
            f'{path} has {size} bytes, expected a multiple of {_RECORD_BYTES}; it is missing or '
            'truncated: unpack cifar-10-binary.tar.gz again'
        )
    return np.memmap(path, dtype=np.uint8, mode='r').reshape(-1, _RECORD_BYTES)


def _open_folder(folder: Path, test_share: float, rng: np.random.Generator) -> LabelledImages:
    splits = [folder / name for name in _SPLIT_FOLDERS if (folder / name).is_dir()]
    is_split = len(splits) == len(_SPLIT_FOLDERS)
    roots = splits if is_split else [folder]
    names = sorted({each.name for root in roots for each in root.iterdir() if each.is_dir()})
    if not names:
        raise BadImageSet(
            f'{folder} has no subfolders; expected one per class, or cifar-10-batches-bin'
        )
    paths: list[Path] = []
    labels: list[int] = []
    is_test: list[bool] = []
    for root in roots:
        for label, name in enumerate(names):
            found = _pictures(root / name)
            paths += found
            labels += [label] * len(found)
            if is_split:
                is_test += [root.name == 'test'] * len(found)
            else:
                order = rng.permutation(len(found))
                is_test += (order < round(test_share * len(found))).tolist()

    def read(index: int) -> NDArray[np.uint8]:
        return read_picture(paths[index])

    return LabelledImages(folder.name, names, np.array(labels), np.array(is_test), read)


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob('*') if path.suffix.lower() in _SUFFIXES)


def _evenly(labels_I: Labels, among: Labels, most: int, rng: np.random.Generator) -> Labels:
    """Choose up to `most` pictures of `among`, one of each class in turn while they last."""
    among = rng.permutation(among)
    turn = np.empty(len(among), dtype=np.int64)
    for label in np.unique(labels_I[among]):
        is_label = labels_I[among] == label
        turn[is_label] = np.arange(is_label.sum())
    chosen = among[np.argsort(turn, kind='stable')[:most]]
    return rng.permutation(chosen)
