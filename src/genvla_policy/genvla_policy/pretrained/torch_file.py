# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights in a PyTorch .pt file, as nested dictionaries of tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
import pickle
from typing import Any

import torch
from torch import Tensor

from genvla_policy.checkpoint.safetensors_folder import (
    WeightInfo,
    WeightsUnreadable,
    check_downloaded,
)


class TorchFile:
    """Reads one weight at a time; the file is memory-mapped, and no code in it is run.

    Attributes:
        infos: Shape and dtype of every weight; nested names are joined by dots.
    """

    def __init__(self, path: Path, *, root: str) -> None:
        """Map the file.

        Args:
            path: The .pt file.
            root: Key of the outermost dictionary that holds the weights.

        Raises:
            WeightsUnreadable: The file is not a complete file of tensors, lacks the key, holds
                anything but tensors under it, or is a Git LFS pointer.
        """
        check_downloaded(path)
        try:
            content = torch.load(path, map_location='cpu', weights_only=True, mmap=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise WeightsUnreadable(
                f'{path} is not a complete .pt file of only tensors ({reason}); files that need '
                'code to run are not loaded'
            ) from error
        if not isinstance(content, dict) or root not in content:
            held = list(content) if isinstance(content, dict) else type(content).__name__
            raise WeightsUnreadable(f'{path} has no {root!r}; it contains {held}')
        if not isinstance(content[root], Mapping):
            raise WeightsUnreadable(
                f'{path}: {root!r} is {type(content[root]).__name__}, expected weights by name'
            )
        values = dict(_flattened(content[root], ''))
        others = [f'{n} ({type(v).__name__})' for n, v in values.items() if not torch.is_tensor(v)]
        if others:
            raise WeightsUnreadable(
                f'{path}: {root!r} contains values that are not tensors: {", ".join(others)}; '
                'expected only weights'
            )
        self._weights: Mapping[str, Tensor] = values
        self.infos: Mapping[str, WeightInfo] = {
            name: WeightInfo.of(weight) for name, weight in self._weights.items()
        }

    def read(self, name: str) -> Tensor:
        """Return one weight."""
        return self._weights[name]


def _flattened(content: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value
