# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The base of a checkpoint that stores only a difference: its identity and its location."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
import hashlib
import json
import os
from pathlib import Path

import torch

from genvla_policy.checkpoint.safetensors_folder import SafetensorsFolder, WeightsUnreadable

BASE_FILE = 'base.json'


@dataclass(frozen=True)
class Base:
    """The weights that a difference is relative to.

    Attributes:
        name: Name of the checkpoint that these weights make up.
        sha256: Hash of the weights that the difference takes from the base; see weights_sha256().
    """

    name: str
    sha256: str


class BaseMissing(WeightsUnreadable):
    """The base of a checkpoint is not on this computer.

    Attributes:
        base: The missing base.
    """

    def __init__(self, base: Base) -> None:
        """Name the folder in which the base is expected."""
        self.base = base
        super().__init__(
            f'this checkpoint contains only its difference from the weights of {base.name}, and '
            f'{base_folder(base)} does not exist; fetch them with python -m '
            'genvla_policy.pretrained.bases'
        )


def cache_folder() -> Path:
    """Return the folder of fetched weights: GENVLA_CACHE, or genvla in the user's cache."""
    if own := os.environ.get('GENVLA_CACHE'):
        return Path(own)
    return Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'genvla'


def base_folder(base: Base) -> Path:
    """Return the folder of a base, which has the layout of a checkpoint folder."""
    return cache_folder() / 'bases' / base.name


def write_base(folder: Path, base: Base) -> None:
    """Record in a checkpoint folder which base it is a difference from."""
    (folder / BASE_FILE).write_text(json.dumps(asdict(base), indent=2) + '\n', encoding='utf-8')


def base_of(folder: Path) -> Base | None:
    """Return the base that a checkpoint folder is a difference from; None if it is complete.

    Raises:
        WeightsUnreadable: The file that names the base is damaged.
    """
    path = folder / BASE_FILE
    if not path.exists():
        return None
    try:
        return Base(**json.loads(path.read_text(encoding='utf-8')))
    except (OSError, TypeError, ValueError, RecursionError) as error:
        raise WeightsUnreadable(f'{path} does not name a base: {error}') from error


def find_base(base: Base, taken: Callable[[str], bool]) -> SafetensorsFolder:
    """Open the weights of a base.

    Args:
        base: Base to open.
        taken: Returns whether a weight is taken from the base, by its name.

    Raises:
        BaseMissing: The base is not on this computer.
        WeightsUnreadable: The base cannot be read, or its folder holds other weights.
    """
    folder = base_folder(base)
    if not folder.is_dir():
        raise BaseMissing(base)
    weights = SafetensorsFolder(folder)
    found = weights_sha256(weights, taken)
    if found != base.sha256:
        raise WeightsUnreadable(
            f'{folder} does not have the weights that this checkpoint was trained from (sha256 '
            f'{found[:16]}..., expected {base.sha256[:16]}...); delete the folder, and fetch it '
            'again with python -m genvla_policy.pretrained.bases'
        )
    return weights


def weights_sha256(weights: SafetensorsFolder, taken: Callable[[str], bool]) -> str:
    """Return a hash of some weights and their names, no matter how files divide them."""
    digest = hashlib.sha256()
    for name in sorted(filter(taken, weights.infos)):
        info = weights.infos[name]
        digest.update(f'{name} {info.shape} {info.dtype}'.encode())
        weight = weights.read(name).contiguous()
        if weight.numel():
            digest.update(weight.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
