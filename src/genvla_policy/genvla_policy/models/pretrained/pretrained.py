# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A published model on disk: what it is, and where its weights go in ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from genvla_policy.models.dimensions import Dimensions
from genvla_policy.models.pretrained.weight_map import WeightMap, WeightSource
from genvla_policy.tokenizer import TextTokenizer


class NotAModel(ValueError):
    """A folder that holds no published model we know; says what it lacks."""


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A published model, opened but for its numbers.

    Attributes:
        name: What it is called.
        layout: How its weights are kept, in words.
        family: "pi0" or "openvla".
        dimensions: Numbers of its parts.
        tokenizer: Its tokenizer.
        source: Its weights.
        weight_map: Returns the origins of our weights, given their names; a weight that is not
            among them has no pretrained counterpart (the action expert).
        statistics: dataset_statistics.json; empty: it has seen no robot data.
        switches: Fields of VLAConfig that its robot training fixed: with others it has to be
            trained again. Empty: it was not trained on robot data.
        default_system: The system to make of it unless told otherwise.
    """

    name: str
    layout: str
    family: str
    dimensions: Dimensions
    tokenizer: TextTokenizer
    source: WeightSource
    weight_map: Callable[[Iterable[str]], WeightMap]
    default_system: str
    statistics: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
