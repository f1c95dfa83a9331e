# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Textures for the table top, which are multiplied with its colour.

Shape suffixes: S side of a picture [px].
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import mujoco
import numpy as np
from numpy.typing import NDArray

_SIZE = 256
_REPEAT = 3.0
"""Number of repetitions of a picture along an edge of the table."""


def add_table_textures(spec: mujoco.MjSpec) -> None:
    """Add a material for each name in TABLE_TEXTURES; a Look selects one by name."""
    for name, draw in _DRAWN.items():
        # Each has its own seed, so that a new texture does not change the others.
        grey_SS = draw(np.random.default_rng(len(name)))
        picture = np.repeat(
            np.clip(255.0 * grey_SS, 0, 255).astype(np.uint8)[..., None], 3, axis=2
        )
        texture = spec.add_texture(
            name=material_of(name),
            type=mujoco.mjtTexture.mjTEXTURE_2D,
            width=_SIZE,
            height=_SIZE,
            nchannel=3,
        )
        texture.data = picture.tobytes()
        material = spec.add_material(name=material_of(name), texrepeat=(_REPEAT, _REPEAT))
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = material_of(name)


def material_of(texture: str) -> str:
    """Return the name of a texture's material in a model, distinct from those of objects."""
    return f'table {texture}'


def _planks(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw boards of different brightness, with a grain along them and dark joints."""
    grain_SS = cv2.GaussianBlur(rng.normal(size=(_SIZE, _SIZE)), (0, 0), sigmaX=24.0, sigmaY=0.8)
    boards_S = np.repeat(rng.uniform(0.72, 1.0, 8), _SIZE // 8)
    picture_SS = boards_S[:, None] + 0.6 * grain_SS
    picture_SS[:: _SIZE // 8] -= 0.3
    return np.asarray(picture_SS)


def _marble(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw veins along the zero crossings of a smooth field."""
    field_SS = sum(
        cv2.GaussianBlur(rng.normal(size=(_SIZE, _SIZE)), (0, 0), sigma) * sigma
        for sigma in (4.0, 9.0, 20.0)
    )
    return np.asarray(1.0 - 0.45 * np.exp(-np.abs(field_SS) / 0.12))


def _cloth(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a weave of broad stripes in both directions."""
    wave_S = 0.5 + 0.5 * np.sign(np.sin(2.0 * np.pi * 4.0 * np.arange(_SIZE) / _SIZE))
    threads_SS = 0.06 * rng.normal(size=(_SIZE, _SIZE))
    return np.asarray(1.0 - 0.22 * (wave_S[:, None] + wave_S[None, :]) + threads_SS)


def _granite(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw speckles of several sizes."""
    speckles_SS = sum(
        cv2.GaussianBlur(rng.normal(size=(_SIZE, _SIZE)), (0, 0), sigma) * sigma
        for sigma in (0.7, 1.5, 3.0)
    )
    return np.asarray(0.8 + 0.16 * speckles_SS)


_DRAWN: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    'planks': _planks,
    'marble': _marble,
    'cloth': _cloth,
    'granite': _granite,
}

TABLE_TEXTURES = tuple(_DRAWN)
"""Texture names for Look.table_texture."""
