# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Images in the format of a vision tower."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor


def to_pixels(pictures: NDArray[np.uint8], device: torch.device | str | None = None) -> Tensor:
    """Return (..., S, S, 3) uint8 images as (..., 3, S, S) float32 in [-1, 1]."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).to(device)
    return pixels.movedim(-1, -3).float().div_(127.5).sub_(1.0)
