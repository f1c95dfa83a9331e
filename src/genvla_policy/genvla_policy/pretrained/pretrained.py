# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A published model on disk: its description, and where its weights go in our models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

from genvla_policy.models.dimensions import Dimensions
from genvla_policy.pretrained.weight_map import WeightMap, WeightSource
from genvla_policy.text.tokenizer import TextTokenizer

_MOST_LISTED = 20


class NotAModel(ValueError):
    """The folder holds no published model that we know; the message names what is missing."""


class CannotConvert(ValueError):
    """The model cannot become the requested system; the message gives the reason."""


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON file of a published model.

    Raises:
        NotAModel: The file is missing or is not a JSON object; the message gives details.
    """
    if not path.is_file():
        held = sorted(p.name for p in path.parent.iterdir())[:_MOST_LISTED]
        raise NotAModel(f'{path.parent} lacks {path.name}; it contains {held}')
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise NotAModel(f'{path} is not JSON: {error}') from error
    if not isinstance(content, dict):
        raise NotAModel(f'{path} must be a JSON object, got {type(content).__name__}')
    return content


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def name_of(folder: Path) -> str:
    """Return the name of the model in a folder: the folder's own, or the Hub's for it."""
    folder = folder.resolve()
    if folder.parent.name == 'snapshots':
        # The Hub's cache: models--google--paligemma-3b-pt-224/snapshots/<commit>
        return folder.parent.parent.name.rpartition('--')[2]
    return folder.name


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A published model, opened without reading its weights.

    Attributes:
        name: Name of the model.
        layout: Layout of its weights, in words.
        family: "pi0" or "openvla".
        dimensions: Sizes of its parts.
        tokenizer: Its tokenizer.
        source: Its weights.
        weight_map: Returns the origins of our weights, given their names. A weight that is not
            among them has no pretrained counterpart (the action expert).
        statistics: dataset_statistics.json; empty if the model has seen no robot data.
        switches: Fields of VLAConfig that its robot training fixed; with other values, it must be
            trained again. Empty if it was not trained on robot data.
        default_system: System to convert it to by default.
        center_crop: Share of an image that it was trained to see; see VLAConfig.
        fresh: Prefix of the names of weights that are not pretrained. Empty if there are none.
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
    center_crop: float = 1.0
    fresh: str = ''
