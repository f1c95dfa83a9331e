# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The features of one episode as stored in a record, validated; pictures stay encoded.

A record has one list per feature, with the values of all steps in sequence.

Shape suffixes: N stored steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from genvla_training.data.episode import BadData
from genvla_training.data.rlds.example import NotAnExample, Values, parse_example


@dataclass(frozen=True, eq=False)
class StoredEpisode:
    """Selected features of an episode.

    Attributes:
        values: Values of each feature, by name.
        num_steps: Number of steps of the episode.
        source: File and episode, for messages.
    """

    values: Mapping[str, Values]
    num_steps: int
    source: str

    @classmethod
    def parse(
        cls, record: bytes | memoryview, keys: Collection[str], *, num_steps: int, source: str
    ) -> StoredEpisode:
        """Read features from a record.

        Args:
            record: A tf.Example.
            keys: Names of the features.
            num_steps: Number of steps of the episode.
            source: File and episode, for messages.

        Raises:
            BadData: The record is not a tf.Example, or lacks a feature.
        """
        try:
            values = parse_example(record, keys)
        except NotAnExample as error:
            raise BadData(
                f'{source} is not a tf.Example: {error}; download the file again'
            ) from error
        absent = [key for key in keys if key not in values]
        if absent:
            raise BadData(
                f'{source} lacks the features {absent}, which features.json lists; download the '
                'file again, or exclude the episode'
            )
        return cls(values, num_steps, source)

    def texts(self, key: str) -> list[bytes]:
        """Return the N byte strings of a feature.

        Raises:
            BadData: The feature is numeric, or has another number of steps.
        """
        found = self.values[key]
        if not isinstance(found, list):
            raise BadData(f'{self.source}: {key} holds {found.dtype} numbers, expected bytes')
        self._check_steps(len(found), key)
        return found

    def numbers(self, key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the (N, *shape) numbers of a feature.

        Args:
            key: Name of the feature.
            shape: Shape of the feature at one step.

        Raises:
            BadData: The feature holds bytes, its shape or number of steps differs, or a number is
                not finite.
        """
        found = self.values[key]
        if isinstance(found, list):
            raise BadData(f'{self.source}: {key} holds byte strings, expected numbers')
        size = math.prod(shape)
        if size <= 0 or found.size % size:
            raise BadData(
                f'{self.source}: {key} has {found.size} numbers, which is no multiple of the step '
                f'shape {shape} in features.json; download the file again'
            )
        self._check_steps(found.size // size, key)
        rows_N = found.astype(np.float32).reshape(-1, size)
        broken = np.flatnonzero(~np.isfinite(rows_N).all(axis=1))
        if broken.size:
            raise BadData(
                f'{self.source}: {key} of step {broken[0]} is {rows_N[broken[0]].tolist()}; '
                f'{broken.size} steps are not finite. Exclude the episode'
            )
        return rows_N.reshape(-1, *shape)

    def instruction(self, key: str) -> str:
        """Return the first non-blank text of a feature.

        Raises:
            BadData: All texts are blank.
        """
        text = next((text.strip() for text in self.texts(key) if text.strip()), None)
        if text is None:
            raise BadData(
                f'{self.source}: the instruction is blank; exclude the episode, or set '
                'leave_out_unlabelled in the transform of the data set'
            )
        return text.decode(errors='replace')

    def _check_steps(self, found: int, key: str) -> None:
        if found != self.num_steps:
            raise BadData(
                f'{self.source}: {key} has {found} steps, but there are {self.num_steps} '
                'instructions; images, actions and instructions must be equal in number. Exclude '
                'the episode'
            )
