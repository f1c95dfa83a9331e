# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The weights of a checkpoint that stores only its difference from a base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from genvla_policy.checkpoint.base import base_of, find_base
from genvla_policy.checkpoint.safetensors_folder import (
    SafetensorsFolder,
    WeightInfo,
    WeightsUnreadable,
)

UP, DOWN = '.up', '.down'
"""Suffixes of the names of a low-rank difference's factors."""


class DifferenceWeights:
    """A base's weights and a difference, combined into one source and read one at a time.

    Attributes:
        infos: Shape and dtype of every weight, by name.
    """

    def __init__(self, difference: SafetensorsFolder, base: SafetensorsFolder) -> None:
        """Combine a difference with its base."""
        self._difference, self._base = difference, base
        stored = difference.infos
        low_rank = {name.removesuffix(UP) for name in stored if name.endswith(UP)}
        whole = {n: i for n, i in stored.items() if not n.endswith((UP, DOWN))}
        absent = sorted(low_rank - set(base.infos))
        if absent:
            raise WeightsUnreadable(f'the difference changes {absent[:3]}, which the base lacks')
        self._low_rank = low_rank
        # In the base's bfloat16, rounding would remove most of what the adapters have learnt.
        made = {name: replace(base.infos[name], dtype=torch.float32) for name in low_rank}
        self.infos: Mapping[str, WeightInfo] = {**base.infos, **whole, **made}

    def read(
        self,
        name: str,
        *,
        device: torch.device | str = 'cpu',
        dtype: torch.dtype | None = None,
    ) -> Tensor:
        """Return one weight; the arguments are those of SafetensorsFolder.read()."""
        if name in self._low_rank:
            weight = self._base.read(name, dtype=torch.float32)
            up, down = (self._difference.read(name + end).float() for end in (UP, DOWN))
            return (weight + up @ down).to(device, dtype or self.infos[name].dtype)
        source = self._difference if name in self._difference.infos else self._base
        return source.read(name, device=device, dtype=dtype)


def open_weights(folder: Path) -> SafetensorsFolder | DifferenceWeights:
    """Open the weights of a checkpoint folder, complete or combined with its base.

    Raises:
        WeightsUnreadable: The weights cannot be read; see SafetensorsFolder.
        BaseMissing: The base is not on this computer.
    """
    files, base = SafetensorsFolder(folder), base_of(folder)
    if base is None:
        return files
    return DifferenceWeights(files, find_base(base, lambda name: name not in files.infos))
