# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The base of a checkpoint that holds a difference only: which it is, and where it is kept."""

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
    """Which weights a difference is of.

    Attributes:
        name: What they are called: the name of the checkpoint that they make up.
        sha256: Of those that the difference takes from it; see weights_sha256().
    """

    name: str
    sha256: str


class BaseMissing(WeightsUnreadable):
    """The base of a checkpoint is not on this computer.

    Attributes:
        base: Which it is.
    """

    def __init__(self, base: Base) -> None:
        """Say where it is looked for."""
        self.base = base
        super().__init__(
            f'the weights of {base.name} are needed, of which this checkpoint holds the '
            f'difference, and {base_folder(base)} is not there: python -m '
            'genvla_policy.pretrained.bases fetches them'
        )


def cache_folder() -> Path:
    """Return where fetched weights are kept: GENVLA_CACHE, or genvla in the user's cache."""
    if own := os.environ.get('GENVLA_CACHE'):
        return Path(own)
    return Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'genvla'


def base_folder(base: Base) -> Path:
    """Return where a base is kept, as a checkpoint folder."""
    return cache_folder() / 'bases' / base.name


def write_base(folder: Path, base: Base) -> None:
    """Say in a checkpoint folder what it is a difference of."""
    (folder / BASE_FILE).write_text(json.dumps(asdict(base), indent=2) + '\n', encoding='utf-8')


def base_of(folder: Path) -> Base | None:
    """Return what a checkpoint folder is a difference of; None: it is whole.

    Raises:
        WeightsUnreadable: The file that says so is damaged.
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
        base: Which.
        taken: Whether a weight of a name is taken from it.

    Raises:
        BaseMissing: It is not there.
        WeightsUnreadable: There are others in its place.
    """
    folder = base_folder(base)
    if not folder.is_dir():
        raise BaseMissing(base)
    weights = SafetensorsFolder(folder)
    found = weights_sha256(weights, taken)
    if found != base.sha256:
        raise WeightsUnreadable(
            f'{folder} has other weights than this checkpoint was trained from (sha256 '
            f'{found[:16]}..., expected {base.sha256[:16]}...); delete the folder, and fetch it '
            'again with python -m genvla_policy.pretrained.bases'
        )
    return weights


def weights_sha256(weights: SafetensorsFolder, taken: Callable[[str], bool]) -> str:
    """Return a hash of some weights and their names, however they are spread over files."""
    digest = hashlib.sha256()
    for name in sorted(filter(taken, weights.infos)):
        info = weights.infos[name]
        digest.update(f'{name} {info.shape} {info.dtype}'.encode())
        weight = weights.read(name).contiguous()
        if weight.numel():
            digest.update(weight.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
