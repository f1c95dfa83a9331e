# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Label every patch of a picture with its content, for the first stage of a vision tower."""

from __future__ import annotations

import numpy as np

from genvla_sim.scene.look import FLOOR
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.scene.state import TABLE
from genvla_training.synthetic.scenes import Scene

NUM_PATCHES = 8
"""Number of rows and of columns."""
WORDS = (
    *('carrot', 'eggplant', 'knife', 'corn', 'cube', 'cloth', 'plate'),
    *('gripper', 'robot', 'table', 'floor'),
)
"""Possible contents of a patch; each is one token of the tiny tokenizer."""

_GRIPPER_BODIES = ('gripper_link', 'gripper_prop_link', 'left_finger_link', 'right_finger_link')
_BEHIND = (TABLE, FLOOR)
_MIN_SHARE = 0.125
"""Minimum share of a patch that an object must cover to be named instead of the background."""


def patch_words(scene: Scene) -> list[str]:
    """Return the content of each of the 8 x 8 patches, row by row."""
    height, width = scene.bodies.shape
    patches = scene.bodies.reshape(
        NUM_PATCHES, height // NUM_PATCHES, NUM_PATCHES, width // NUM_PATCHES
    ).swapaxes(1, 2)
    return [_word(patch) for patch in patches.reshape(NUM_PATCHES**2, -1)]


def _word(pixels: np.ndarray) -> str:
    """Return the largest object in a patch if it covers an eighth of it, else the background.

    Each link of the arm counts separately; table and floor are the background.
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
