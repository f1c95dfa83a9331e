# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint folder: everything about one model, on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
import torch
from torch import Tensor

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.models.config import ConfigError, VLAConfig
from genvla_policy.tokenizer import TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, TextTokenizer

CONFIG_FILE = 'config.json'
WEIGHTS_FILE = 'model.safetensors'
STATISTICS_FILE = 'dataset_statistics.json'
CARD_FILE = 'README.md'
FILES = (
    CONFIG_FILE,
    WEIGHTS_FILE,
    TOKENIZER_FILE,
    TOKENIZER_CONFIG_FILE,
    STATISTICS_FILE,
    CARD_FILE,
)
_MOST_NAMED = 8


class CheckpointMismatch(ValueError):
    """A checkpoint folder that cannot be used; says what was wrong and what was there."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The contents of a checkpoint folder but for its weights, which are read when wanted.

    Attributes:
        folder: Where it was loaded from.
        config: What the model is.
        tokenizer: Its tokenizer.
        statistics: dataset_statistics.json, in OpenVLA's layout.
        normalizer: The bounds of the configured data set.
    """

    folder: Path
    config: VLAConfig
    tokenizer: TextTokenizer
    statistics: Mapping[str, Any]
    normalizer: ActionNormalizer

    @classmethod
    def open(cls, folder: Path | str) -> Checkpoint:
        """Read and check everything but the weights.

        Raises:
            CheckpointMismatch: A file is missing or unreadable, the configuration is not
                supported, or the statistics do not fit it.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise CheckpointMismatch(f'{folder} is not a folder; expected a checkpoint folder')
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            present = sorted(path.name for path in folder.iterdir())
            raise CheckpointMismatch(f'{folder} lacks {missing}; it holds {present}')
        try:
            config = VLAConfig.from_json((folder / CONFIG_FILE).read_text(encoding='utf-8'))
        except ConfigError as error:
            raise CheckpointMismatch(f'{folder / CONFIG_FILE}: {error}') from error
        statistics, normalizer = _read_statistics(folder / STATISTICS_FILE, config)
        return cls(folder, config, _read_tokenizer(folder), statistics, normalizer)

    def load_weights(self, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Read model.safetensors and compare it with a model's own weights.

        Args:
            expected: The model's weights by name; only names and shapes are looked at.

        Raises:
            CheckpointMismatch: The file is unreadable, a weight is missing, unexpected or of
                another shape, or a number is not finite.
        """
        path = self.folder / WEIGHTS_FILE
        try:
            weights = load_file(path)
        except (SafetensorError, OSError) as error:
            raise CheckpointMismatch(f'{path} is not a safetensors file: {error}') from error
        problems = _differences(weights, expected)
        problems += _not_finite(weights)
        if problems:
            raise CheckpointMismatch(f'{path}: ' + '; '.join(problems))
        return weights


def save_checkpoint(
    folder: Path | str,
    *,
    config: VLAConfig,
    weights: Mapping[str, Tensor],
    tokenizer: TextTokenizer,
    statistics: Mapping[str, Any],
    card: str,
) -> None:
    """Write a checkpoint folder, which is made if it does not exist.

    Args:
        folder: Where to.
        config: What the model is.
        weights: The model's weights by name.
        tokenizer: Its tokenizer.
        statistics: Action bounds per data set, in OpenVLA's layout.
        card: The model card, in Markdown.

    Raises:
        ValueError: The statistics do not fit the configuration.
    """
    ActionNormalizer.from_statistics(statistics, config.dataset, config.action_dim)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_FILE).write_text(config.to_json(), encoding='utf-8')
    tokenizer.save(folder)
    text = json.dumps(statistics, indent=2) + '\n'
    (folder / STATISTICS_FILE).write_text(text, encoding='utf-8')
    (folder / CARD_FILE).write_text(card, encoding='utf-8')
    contiguous = {name: weight.detach().cpu().contiguous() for name, weight in weights.items()}
    save_file(contiguous, folder / WEIGHTS_FILE, metadata={'format': 'pt'})
    # safetensors writes for the owner alone; a robot often runs as another user.
    (folder / WEIGHTS_FILE).chmod(0o644)


def _read_statistics(path: Path, config: VLAConfig) -> tuple[Mapping[str, Any], ActionNormalizer]:
    try:
        statistics = json.loads(path.read_text(encoding='utf-8'))
        if not isinstance(statistics, dict):
            raise ValueError(f'expected a JSON object, got {type(statistics).__name__}')
        normalizer = ActionNormalizer.from_statistics(
            statistics, config.dataset, config.action_dim
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise CheckpointMismatch(f'{path}: {error}') from error
    return statistics, normalizer


def _read_tokenizer(folder: Path) -> TextTokenizer:
    try:
        return TextTokenizer.from_folder(folder)
    except Exception as error:
        raise CheckpointMismatch(f'{folder / TOKENIZER_FILE}: {error}') from error


def _differences(weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    missing = sorted(set(expected) - set(weights))
    unexpected = sorted(set(weights) - set(expected))
    misshapen = [
        f'{name} is {tuple(weights[name].shape)}, the model needs {tuple(expected[name].shape)}'
        for name in sorted(set(weights) & set(expected))
        if weights[name].shape != expected[name].shape
    ]
    named = (('missing', missing), ('unexpected', unexpected), ('misshapen', misshapen))
    return [f'{len(names)} {kind}: {_few(names)}' for kind, names in named if names]


def _not_finite(weights: Mapping[str, Tensor]) -> list[str]:
    names = [name for name, weight in weights.items() if not torch.isfinite(weight).all()]
    return [f'{len(names)} not finite: {_few(names)}'] if names else []


def _few(names: list[str]) -> str:
    more = f' and {len(names) - _MOST_NAMED} more' if len(names) > _MOST_NAMED else ''
    return ', '.join(names[:_MOST_NAMED]) + more
