# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every patch of a picture shows: dense labels, which a vision tower learns from first."""

from __future__ import annotations

import numpy as np

from genvla_sim.scene.look import FLOOR
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.scene.state import TABLE
from genvla_training.synthetic.scenes import Scene

NUM_PATCHES = 8
"""Rows and columns."""
WORDS = (
    *('carrot', 'eggplant', 'knife', 'corn', 'cube', 'cloth', 'plate'),
    *('gripper', 'robot', 'table', 'floor'),
)
"""What a patch can show; each is one token of the tiny tokenizer."""

_GRIPPER_BODIES = ('gripper_link', 'gripper_prop_link', 'left_finger_link', 'right_finger_link')
_BEHIND = (TABLE, FLOOR)
_MIN_SHARE = 0.125
"""Of a patch, what a thing has to cover to be named before what is behind it."""


def patch_words(scene: Scene) -> list[str]:
    """Return what each of 8 x 8 patches shows, row by row."""
    height, width = scene.bodies.shape
    patches = scene.bodies.reshape(
        NUM_PATCHES, height // NUM_PATCHES, NUM_PATCHES, width // NUM_PATCHES
    ).swapaxes(1, 2)
    return [_word(patch) for patch in patches.reshape(NUM_PATCHES**2, -1)]


def _word(pixels: np.ndarray) -> str:
    """What covers most of a patch but for what is behind, if it covers an eighth of it.

    Each link of the arm counts by itself, and table and floor as what is behind.
    """
    names, counts = np.unique(pixels, return_counts=True)
    shares = dict(zip(names.tolist(), (counts / len(pixels)).tolist(), strict=True))
    things = {name: share for name, share in shares.items() if name not in _BEHIND}
    best = max(things, key=things.__getitem__, default=TABLE)
    if things.get(best, 0.0) < _MIN_SHARE:
        return max(_BEHIND, key=lambda name: shares.get(name, 0.0))
    if best in _GRIPPER_BODIES:
        return 'gripper'
    return OBJECTS[best].words.rpartition(' ')[2] if best in OBJECTS else 'robot'
