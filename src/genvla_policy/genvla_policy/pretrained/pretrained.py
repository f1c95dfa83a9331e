# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A published model on disk: what it is, and where its weights go in ours."""

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
    """A folder that holds no published model we know; says what it lacks."""


class CannotConvert(ValueError):
    """A model that cannot become the system asked for; says why."""


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON file of a published model.

    Raises:
        NotAModel: It is not there, or no JSON object; says what there is.
    """
    if not path.is_file():
        held = sorted(p.name for p in path.parent.iterdir())[:_MOST_LISTED]
        raise NotAModel(f'{path.parent} lacks {path.name}; it holds {held}')
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise NotAModel(f'{path} is not JSON: {error}') from error
    if not isinstance(content, dict):
        raise NotAModel(f'{path} must be a JSON object, got {type(content).__name__}')
    return content


def first_line(error: Exception) -> str:
    """Return what an error says, shortened to a line."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def name_of(folder: Path) -> str:
    """Return what the model in a folder is called: its folder's name, or the Hub's for it."""
    folder = folder.resolve()
    if folder.parent.name == 'snapshots':
        # The Hub's cache: models--google--paligemma-3b-pt-224/snapshots/<commit>
        return folder.parent.parent.name.rpartition('--')[2]
    return folder.name


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
        center_crop: Share of a picture that it was trained to see; see VLAConfig.
        fresh: What the names of those weights begin with that nobody has trained. Empty: none's.
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
