# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Paraphrase instructions while keeping the action and the objects.

The paper augments with paraphrases that keep objects and relations; these cover the verbs of
BridgeData, RT-1 and the simulator. A policy without a pretrained language model knows no other
words. The wordings held out by genvla_eval.suite.wordings must never be among them
(test_paraphrases.py).
"""

from __future__ import annotations

import re

from numpy.random import Generator

from genvla_policy.text.instruction import normalize_instruction

_PICK = (
    'pick up',
    'grasp',
    'lift',
    'take',
    'grab',
    'pick',
    'lift up',
    'collect',
    'pluck',
    'catch',
)
_PUT = ('put', 'place', 'set', 'set down', 'move', 'drop', 'bring', 'carry', 'transport')
VERBS: dict[str, tuple[str, ...]] = {
    'pick up': _PICK,
    'pick': _PICK,
    'put': _PUT,
    'place': _PUT,
    'move': ('move', 'bring', 'push', 'shift', 'slide'),
    'open': ('open', 'pull open'),
    'close': ('close', 'shut', 'push closed'),
    'take': ('take', 'grab', 'pick up'),
}
RELATIONS: dict[str, tuple[str, ...]] = {
    'on': ('on', 'onto', 'on top of'),
    'near': ('near', 'close to', 'next to'),
}
THINGS: dict[str, tuple[str, ...]] = {
    'eggplant': ('eggplant', 'aubergine'),
    'knife': ('knife', 'kitchen knife'),
    'corn': ('corn', 'corn cob', 'ear of corn'),
    'cloth': ('cloth', 'rag', 'piece of cloth'),
    'plate': ('plate', 'flat plate'),
}
FRAMES = (
    '{}',
    'please {}',
    '{} please',
    'can you {}',
    'could you {}',
    'would you {}',
    'now {}',
    '{} now',
    'your task is to {}',
    'you should {}',
    'try to {}',
    'robot, {}',
)


def paraphrase(instruction: str, rng: Generator) -> str:
    """Return a paraphrase of an instruction; unknown words keep their places.

    Args:
        instruction: Instruction as in the data.
        rng: Source of randomness.
    """
    text = normalize_instruction(instruction)
    verb = next((verb for verb in VERBS if re.match(rf'{verb}\b', text)), '')
    if verb:
        text = str(rng.choice(VERBS[verb])) + text[len(verb) :]
    # "on" is not always a relation: "turn on the light".
    relations = RELATIONS if verb in ('put', 'place') else {}
    for word, others in (*relations.items(), *THINGS.items()):
        text = re.sub(rf'\b{word}\b', str(rng.choice(others)), text)
    return str(rng.choice(FRAMES)).format(text)
