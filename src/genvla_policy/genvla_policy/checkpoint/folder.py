# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint folder: everything about one model, on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.checkpoint.base import BASE_FILE, BaseMissing
from genvla_policy.checkpoint.over_base import open_weights
from genvla_policy.checkpoint.safetensors_folder import (
    INDEX_FILE,
    WEIGHTS_FILE,
    WeightInfo,
    WeightsUnreadable,
    write_safetensors,
)
from genvla_policy.models.config import ConfigError, VLAConfig
from genvla_policy.text.tokenizer import TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, TextTokenizer

CONFIG_FILE = 'config.json'
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
_MOST_NAMED = 50
_MOST_LISTED = 20


class CheckpointMismatch(ValueError):
    """The checkpoint folder cannot be used; the message gives the reason and what was found."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The contents of a checkpoint folder except its weights, which are read on demand.

    Attributes:
        folder: Folder that it was loaded from.
        config: Configuration of the model.
        tokenizer: Tokenizer of the model.
        statistics: dataset_statistics.json, in OpenVLA's layout.
        normalizer: Action bounds of the configured data set.
    """

    folder: Path
    config: VLAConfig
    tokenizer: TextTokenizer
    statistics: Mapping[str, Any]
    normalizer: ActionNormalizer

    @classmethod
    def open(cls, folder: Path | str) -> Checkpoint:
        """Read and check everything except the weights.

        Raises:
            CheckpointMismatch: A file is missing or unreadable, the configuration is not
                supported, or the statistics do not fit it.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise CheckpointMismatch(f'{folder} is not a folder; expected a checkpoint folder')
        missing = [name for name in FILES if not (folder / name).is_file()]
        if WEIGHTS_FILE in missing and (folder / INDEX_FILE).is_file():
            missing.remove(WEIGHTS_FILE)
        if missing:
            present = sorted(path.name for path in folder.iterdir())[:_MOST_LISTED]
            raise CheckpointMismatch(f'{folder} lacks {missing}; it contains {present}')
        try:
            config = VLAConfig.from_json((folder / CONFIG_FILE).read_text(encoding='utf-8'))
        except (ConfigError, UnicodeDecodeError) as error:
            raise CheckpointMismatch(f'{folder / CONFIG_FILE}: {error}') from error
        statistics, normalizer = _read_statistics(folder / STATISTICS_FILE, config)
        return cls(folder, config, _read_tokenizer(folder), statistics, normalizer)

    def load_weights(
        self,
        expected: Mapping[str, Tensor],
        *,
        device: Callable[[str], torch.device] = lambda name: torch.device('cpu'),
        dtype: torch.dtype | None = None,
    ) -> dict[str, Tensor]:
        """Read the weights one at a time, and check them against a model's own.

        Args:
            expected: The model's weights by name; only their names and shapes are used.
            device: Returns the device of a weight, by its name.
            dtype: Number type; None keeps the stored one.

        Raises:
            CheckpointMismatch: A file is unreadable, a weight is missing, unexpected or of
                another shape, or a number is not finite (in this number type).
            BaseMissing: The folder holds a difference, and its base is not on this computer.
        """
        try:
            files = open_weights(self.folder)
        except BaseMissing:
            raise
        except WeightsUnreadable as error:
            raise CheckpointMismatch(str(error)) from error
        shapes = {name: tuple(weight.shape) for name, weight in expected.items()}
        problems = differences({name: info.shape for name, info in files.infos.items()}, shapes)
        if problems:
            raise CheckpointMismatch(f'{self.folder}: ' + '; '.join(problems))
        weights = {name: files.read(name, device=device(name), dtype=dtype) for name in shapes}
        broken = [name for name, weight in weights.items() if not _is_finite(weight)]
        if broken:
            kind = f' in {dtype}'.replace('torch.', '') if dtype else ''
            raise CheckpointMismatch(
                f'{self.folder}: {len(broken)} weights are not finite{kind}: {_few(broken)}'
            )
        return weights


def checkpoint_sha256(folder: Path | str) -> str:
    """Return a hash of everything that affects a checkpoint's behaviour: all but its model card.

    Raises:
        CheckpointMismatch: The folder does not hold a checkpoint.
    """
    checkpoint = Checkpoint.open(folder)
    decisive = [name for name in FILES if name not in (CARD_FILE, WEIGHTS_FILE)]
    if (checkpoint.folder / BASE_FILE).exists():
        decisive.append(BASE_FILE)
    weights = sorted(path.name for path in checkpoint.folder.glob('*.safetensors'))
    digest = hashlib.sha256()
    for name in [*decisive, *weights]:
        digest.update(name.encode())
        with (checkpoint.folder / name).open('rb') as file:
            digest.update(hashlib.file_digest(file, 'sha256').digest())
    return digest.hexdigest()


def save_checkpoint(
    folder: Path | str,
    *,
    config: VLAConfig,
    weights: Mapping[str, Tensor],
    tokenizer: TextTokenizer,
    statistics: Mapping[str, Any],
    card: str,
) -> None:
    """Write a checkpoint folder; create it if it does not exist.

    Args:
        folder: Folder to write.
        config: Configuration of the model.
        weights: The model's weights by name.
        tokenizer: Tokenizer of the model.
        statistics: Action bounds per data set, in OpenVLA's layout.
        card: The model card, in Markdown.

    Raises:
        ValueError: The statistics do not fit the configuration.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_all_but_weights(
        folder, config=config, tokenizer=tokenizer, statistics=statistics, card=card
    )
    infos = {name: WeightInfo.of(weight) for name, weight in weights.items()}
    write_safetensors(folder, infos, weights.__getitem__)


def save_all_but_weights(
    folder: Path,
    *,
    config: VLAConfig,
    tokenizer: TextTokenizer,
    statistics: Mapping[str, Any],
    card: str,
) -> None:
    """Write a checkpoint's small files; the arguments are those of save_checkpoint().

    Raises:
        ValueError: The statistics do not fit the configuration.
    """
    _normalizer(statistics, config)
    (folder / CONFIG_FILE).write_text(config.to_json(), encoding='utf-8')
    tokenizer.save(folder)
    text = json.dumps(statistics, indent=2) + '\n'
    (folder / STATISTICS_FILE).write_text(text, encoding='utf-8')
    (folder / CARD_FILE).write_text(card, encoding='utf-8')


def _read_statistics(path: Path, config: VLAConfig) -> tuple[Mapping[str, Any], ActionNormalizer]:
    try:
        statistics = json.loads(path.read_text(encoding='utf-8'))
        if not isinstance(statistics, dict):
            raise ValueError(f'expected a JSON object, got {type(statistics).__name__}')
        normalizer = _normalizer(statistics, config)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointMismatch(f'{path}: {error}') from error
    return statistics, normalizer


def _normalizer(statistics: Mapping[str, Any], config: VLAConfig) -> ActionNormalizer:
    return ActionNormalizer.from_statistics(
        statistics, config.dataset, config.action_dim, motion=config.motion
    )


def _read_tokenizer(folder: Path) -> TextTokenizer:
    try:
        return TextTokenizer.from_folder(folder)
    except Exception as error:
        raise CheckpointMismatch(f'{folder / TOKENIZER_FILE}: {error}') from error


def differences(
    present: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]
) -> list[str]:
    """Describe which weights are missing, unexpected or misshapen; empty if none are.

    Args:
        present: Shapes by name.
        expected: Shapes by name.
    """
    missing = sorted(set(expected) - set(present))
    unexpected = sorted(set(present) - set(expected))
    misshapen = [
        f'{name} is {present[name]}, the model needs {expected[name]}'
        for name in sorted(set(present) & set(expected))
        if present[name] != expected[name]
    ]
    named = (('missing', missing), ('unexpected', unexpected), ('misshapen', misshapen))
    return [f'{len(names)} {kind}: {_few(names)}' for kind, names in named if names]


def _is_finite(weight: Tensor) -> bool:
    """Return whether all numbers are finite, without the extra memory that isfinite() needs."""
    return not weight.numel() or all(bool(end.isfinite()) for end in weight.aminmax())


def _few(names: list[str]) -> str:
    more = f' and {len(names) - _MOST_NAMED} more' if len(names) > _MOST_NAMED else ''
    return ', '.join(names[:_MOST_NAMED]) + more
