# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Instruction augmentation: the same instruction in other words, for the paper's baseline."""

from __future__ import annotations

import re

from numpy.random import Generator

# The paper augments with paraphrases that keep objects and relations; these cover the verbs of
# BridgeData and RT-1.
_VERBS: dict[str, tuple[str, ...]] = {
    'pick up': ('pick up', 'grasp', 'lift', 'take', 'grab'),
    'pick': ('pick', 'pick up', 'grasp', 'grab', 'take'),
    'put': ('put', 'place', 'set down', 'move'),
    'place': ('place', 'put', 'set down', 'move'),
    'move': ('move', 'bring', 'push', 'shift'),
    'open': ('open', 'pull open'),
    'close': ('close', 'shut', 'push closed'),
    'take': ('take', 'grab', 'get'),
}
_FRAMES = ('{}', 'please {}', 'can you {}', '{} now', 'your task is to {}')


def paraphrase(instruction: str, rng: Generator) -> str:
    """Return an instruction in other words; an unknown verb keeps its place.

    Args:
        instruction: As in the data.
        rng: Chooses; about one in seven times the instruction stays as it is.
    """
    text = ' '.join(instruction.lower().split()).rstrip('.')
    for verb, others in _VERBS.items():
        if re.match(rf'{verb}\b', text):
            text = str(rng.choice(others)) + text[len(verb) :]
            break
    return str(rng.choice(_FRAMES)).format(text)
