# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The origin of each weight of a model in another layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from typing import Protocol

import torch
from torch import Tensor

from genvla_policy.checkpoint.folder import differences
from genvla_policy.checkpoint.safetensors_folder import WeightInfo


class WeightSource(Protocol):
    """Weights in files, read one at a time.

    Attributes:
        infos: Shape and dtype of every weight, by name.
    """

    @property
    def infos(self) -> Mapping[str, WeightInfo]:
        """Shape and dtype of every weight, by name."""

    def read(self, name: str) -> Tensor:
        """Return one weight."""


class JoinedSources:
    """Several sources as one.

    Attributes:
        infos: Shape and dtype of every weight; its name has its source's prefix.
    """

    def __init__(self, sources: Mapping[str, WeightSource]) -> None:
        """Join sources, given by prefix."""
        self._of = {
            prefix + name: (source, name)
            for prefix, source in sources.items()
            for name in source.infos
        }
        self.infos: Mapping[str, WeightInfo] = {
            name: source.infos[theirs] for name, (source, theirs) in self._of.items()
        }

    def read(self, name: str) -> Tensor:
        """Return one weight."""
        source, theirs = self._of[name]
        return source.read(theirs)


def as_it_is(weight: Tensor) -> Tensor:
    """Return a weight unchanged."""
    return weight


@dataclass(frozen=True)
class Origin:
    """The origin of one weight.

    Attributes:
        source: Name of the weight in the other layout.
        take: Converts that weight to ours.
    """

    source: str
    take: Callable[[Tensor], Tensor] = as_it_is


class MisfittingWeights(ValueError):
    """The weights are not those of the model; the message lists the differences."""


@dataclass(frozen=True)
class WeightMap:
    """Origins of a model's weights.

    Attributes:
        origins: Origin by the name of our weight.
        unread: Patterns of the source's names that we ignore on purpose.
    """

    origins: Mapping[str, Origin]
    unread: tuple[str, ...] = ()

    def check(self, source: Mapping[str, WeightInfo], shapes: Mapping[str, torch.Size]) -> None:
        """Compare a source with a model, before any weight is read.

        Args:
            source: The weights that exist.
            shapes: Shapes of our weights that come from a source, by name.

        Raises:
            MisfittingWeights: A weight is missing, unexpected or misshapen; the message lists all.
        """
        needed = {origin.source for origin in self.origins.values()}
        problems = differences(
            {name: info.shape for name, info in source.items() if not self._is_left(name, needed)},
            {name: source[name].shape if name in source else () for name in needed},
        )
        made = {
            name: _shape_made(origin, source[origin.source])
            for name, origin in self.origins.items()
            if origin.source in source
        }
        problems += differences(made, {name: tuple(shapes[name]) for name in made})
        if problems:
            raise MisfittingWeights('; '.join(problems))

    def _is_left(self, name: str, needed: set[str]) -> bool:
        return name not in needed and any(re.fullmatch(pattern, name) for pattern in self.unread)


def _shape_made(origin: Origin, info: WeightInfo) -> tuple[int, ...]:
    """Return the shape that an origin gives a weight, without reading the weight."""
    try:
        made = origin.take(torch.empty(info.shape, dtype=info.dtype, device='meta'))
    except (IndexError, RuntimeError):
        return info.shape
    return tuple(made.shape)
