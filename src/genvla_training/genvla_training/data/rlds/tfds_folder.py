# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the JSON files of a TFDS folder: name, shards, and shapes of the features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from genvla_training.data.episode import BadData

_INFO = 'dataset_info.json'
_FEATURES = 'features.json'


@dataclass(frozen=True)
class Shard:
    """One file of a split.

    Attributes:
        path: The file.
        num_records: Number of episodes according to dataset_info.json.
    """

    path: Path
    num_records: int


@dataclass(frozen=True)
class TfdsFolder:
    """A folder <name>/<version> with dataset_info.json, features.json and shards.

    Attributes:
        path: The folder.
        name: Name of the data set and its files in dataset_info.json.
        shard_lengths: Episodes in each shard, by split.
        shapes: Per-step shape of every feature, by its name in the records.
    """

    path: Path
    name: str
    shard_lengths: Mapping[str, tuple[int, ...]]
    shapes: Mapping[str, tuple[int, ...]]

    @classmethod
    def read(cls, folder: Path) -> TfdsFolder:
        """Read the JSON files of a folder, or of its only version.

        Raises:
            BadData: A file is missing or has an unknown format.
        """
        path = _version_folder(folder)
        info = _read_json(path / _INFO)
        features = _read_json(path / _FEATURES)
        try:
            if info.get('fileFormat', 'tfrecord') != 'tfrecord':
                raise BadData(
                    f'{path / _INFO}: fileFormat is {info["fileFormat"]!r}, expected tfrecord; '
                    'convert the data set to that format'
                )
            shard_lengths = {
                str(split['name']): tuple(int(length) for length in split['shardLengths'])
                for split in info['splits']
            }
            name = str(info['name'])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, BadData):
                raise
            raise BadData(
                f'{path / _INFO} is not the dataset_info.json of a TFDS folder: {error!r}; '
                'download it again'
            ) from error
        try:
            shapes = dict(_shapes(features, ''))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadData(
                f'{path / _FEATURES} is not the features.json of a TFDS folder: {error!r}; '
                'download it again'
            ) from error
        return cls(path, name, shard_lengths, shapes)

    def shards(self, split: str) -> tuple[Shard, ...]:
        """Return the files of a split after checking that all exist.

        Raises:
            BadData: The split does not exist, or a file is missing.
        """
        if split not in self.shard_lengths:
            raise BadData(
                f'{self.path / _INFO}: no split {split!r}; available: {sorted(self.shard_lengths)}'
            )
        lengths = self.shard_lengths[split]
        stem = f'{self.name}-{split}.tfrecord'
        shards = tuple(
            Shard(self.path / f'{stem}-{number:05d}-of-{len(lengths):05d}', length)
            for number, length in enumerate(lengths)
        )
        missing = [shard.path.name for shard in shards if not shard.path.is_file()]
        if missing:
            raise BadData(
                f'{self.path} lacks {len(missing)} of the {len(shards)} files of split '
                f'{split!r}: {missing[:3]}{"..." if len(missing) > 3 else ""}; download them'
            )
        return shards

    def require(self, features: tuple[str, ...]) -> None:
        """Reject a folder whose records lack a feature.

        Raises:
            BadData: A feature is missing.
        """
        absent = [feature for feature in features if feature not in self.shapes]
        if absent:
            raise BadData(
                f'{self.path / _FEATURES} lacks the features {absent}; available: '
                f'{sorted(self.shapes)}. The data set has another version, or its transform is '
                'for another data set'
            )


def _version_folder(folder: Path) -> Path:
    if (folder / _INFO).is_file():
        return folder
    if not folder.exists():
        raise BadData(f'{folder} does not exist; download the data set, or correct its path')
    versions = sorted(path.parent for path in folder.glob(f'*/{_INFO}'))
    if len(versions) != 1:
        raise BadData(
            f'{folder} contains no {_INFO}, and {len(versions)} version folders with one: '
            f'{[path.name for path in versions]}; expected the folder of one version, such as '
            'bridge_orig/1.0.0'
        )
    return versions[0]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise BadData(f'{path} cannot be read: {error}; download it again') from error


def _shapes(feature: Mapping[str, Any], name: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield name and shape of a feature, or of all features nested in it."""
    if 'featuresDict' in feature:
        for key, inner in feature['featuresDict']['features'].items():
            yield from _shapes(inner, f'{name}/{key}'.lstrip('/'))
    elif 'sequence' in feature:
        yield from _shapes(feature['sequence']['feature'], name)
    else:
        spec = feature.get('tensor') or feature.get('image') or {}
        dimensions = (spec.get('shape') or {}).get('dimensions') or ()
        yield name, tuple(int(dimension) for dimension in dimensions)
