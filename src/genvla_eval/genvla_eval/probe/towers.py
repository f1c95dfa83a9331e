# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The vision towers of a checkpoint, without the rest of the model.

Shape suffixes: N pictures, C channels, S image side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor, nn

from genvla_policy.checkpoint.folder import checkpoint_sha256
from genvla_policy.images.picture_fit import PictureFit
from genvla_policy.images.pixels import to_pixels
from genvla_policy.inference.policy import Policy


@dataclass(frozen=True, eq=False)
class Towers:
    """Vision towers of a checkpoint.

    Attributes:
        path: The checkpoint's folder.
        described: One-line description of the checkpoint.
        sha256: Hash of the checkpoint.
        family: The checkpoint's family.
        by_name: The towers, in the order in which the projector reads their features.
        frozen: Name of the tower that training does not change; empty: there is none.
        picture_fit: Conversion of a picture to the towers' input size.
        device: Device of the towers.
    """

    path: Path
    described: str
    sha256: str
    family: str
    by_name: Mapping[str, nn.Module]
    frozen: str
    picture_fit: PictureFit
    device: torch.device

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Towers:
        """Load a checkpoint and keep only its vision towers.

        Raises:
            CheckpointMismatch: The folder does not hold a complete checkpoint.
            RuntimeError: The device does not exist, or is out of memory.
        """
        policy = Policy.load(folder, device=device)
        return cls(
            path=folder,
            described=policy.describe(),
            sha256=checkpoint_sha256(folder),
            family=policy.config.family,
            by_name=policy.model.vision_towers,
            frozen=policy.model.frozen_tower,
            picture_fit=policy.config.picture_fit,
            device=policy.model.device,
        )

    @property
    def trained(self) -> list[str]:
        """Names of the towers that training changes."""
        return [name for name in self.by_name if name != self.frozen]

    def pixels(self, images: Sequence[NDArray[np.uint8]]) -> Tensor:
        """Return whole pictures in the towers' input format: (N, 3, S, S) in [-1, 1]."""
        pictures = np.stack([self.picture_fit.whole(image) for image in images])
        return to_pixels(pictures, self.device)
