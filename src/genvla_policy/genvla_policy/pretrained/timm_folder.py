# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A vision transformer in timm's layout on the Hub, for images of another size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
import math
from pathlib import Path

from torch import Tensor
from torch.nn import functional

from genvla_policy.checkpoint.folder import CONFIG_FILE
from genvla_policy.checkpoint.safetensors_folder import SafetensorsFolder, WeightInfo
from genvla_policy.pretrained.pretrained import NotAModel, read_json_object

_POSITIONS = 'pos_embed'


class TimmFolder:
    """Reads one weight at a time, as timm.create_model(img_size=...) would hold it.

    Attributes:
        infos: Shape and dtype of every weight, by timm's names.
        num_patches: Number of patches per image.
        model: timm's name for it, architecture.tag; empty if no config.json gives it.
    """

    def __init__(self, folder: Path, *, num_patches: int = 0) -> None:
        """Read the headers.

        Args:
            folder: Downloaded folder with model.safetensors, or its shards.
            num_patches: Number of patches per image, a square number; 0: as in its training.

        Raises:
            NotAModel: The folder does not exist or holds no vision transformer of timm, or its
                config.json is not a JSON object.
            WeightsUnreadable: As in SafetensorsFolder.
        """
        if not folder.is_dir():
            raise NotAModel(f'{folder} is not a folder; download the model first')
        self.model = _model(folder)
        self._files = SafetensorsFolder(folder)
        positions = self._files.infos.get(_POSITIONS)
        if positions is None or len(positions.shape) != 3:
            raise NotAModel(
                f'{folder}: the weights have no {_POSITIONS} of three dimensions; expected a '
                "vision transformer in timm's layout"
            )
        batch, trained_with, width = positions.shape
        if math.isqrt(trained_with) ** 2 != trained_with:
            raise NotAModel(
                f'{folder}: {_POSITIONS} has {trained_with} positions, which are not a square '
                'of patches; a model whose class token has its own position is not supported'
            )
        self.num_patches = num_patches or trained_with
        resampled = replace(positions, shape=(batch, self.num_patches, width))
        self.infos: Mapping[str, WeightInfo] = {**self._files.infos, _POSITIONS: resampled}

    def read(self, name: str) -> Tensor:
        """Return one weight."""
        weight = self._files.read(name)
        return resample_positions(weight, self.num_patches) if name == _POSITIONS else weight


def _model(folder: Path) -> str:
    if not (folder / CONFIG_FILE).is_file():
        return ''
    config = read_json_object(folder / CONFIG_FILE)
    pretrained = config.get('pretrained_cfg')
    tag = pretrained.get('tag') if isinstance(pretrained, dict) else None
    return f'{config["architecture"]}.{tag}' if tag and 'architecture' in config else ''


def resample_positions(positions_BPF: Tensor, num_patches: int) -> Tensor:
    """Return the (1, num_patches, F) position embedding for a finer or coarser grid of patches.

    Source: timm's layers/pos_embed.py, resample_abs_pos_embed, for models whose class token has no
    position.
    """
    if positions_BPF.shape[1] == num_patches:
        return positions_BPF
    old, new = math.isqrt(positions_BPF.shape[1]), math.isqrt(num_patches)
    grid_BFYX = positions_BPF.float().transpose(1, 2).reshape(1, -1, old, old)
    grid_BFYX = functional.interpolate(grid_BFYX, (new, new), mode='bicubic', antialias=True)
    return grid_BFYX.flatten(2).transpose(1, 2).to(positions_BPF.dtype)
