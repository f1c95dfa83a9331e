# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Paraphrases of a task's instruction: those of training, and held-out ones.

The held-out words are frozen: a policy trained on one of them would make their measurement
meaningless.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
import re

from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import Task

OWN, ACTIONS, OBJECT_NAMES = 'own_words', 'held_out_actions', 'held_out_objects'
"""Files in instructions/: phrases used in training, and phrases by the kind of held-out word."""

_FOLDER = Path(__file__).parent / 'instructions'
_DESTINATION = re.compile(r' (?:on|near) the (.*)$')


@functools.cache
def wordings(words: str) -> dict[str, list[str]]:
    """Return the phrases of a file by skill, or its names by object."""
    read: dict[str, list[str]] = json.loads((_FOLDER / f'{words}.json').read_text('utf-8'))
    return read


def reworded(task: Task, original: str, words: str, number: int) -> str:
    """Return a paraphrase of an instruction.

    Args:
        task: The task.
        original: Its instruction in this episode, which names the drawn colours.
        words: OWN, ACTIONS or OBJECT_NAMES.
        number: Number of the episode; phrases or names are used in turn.
    """
    thing = OBJECTS[task.target].words
    found = _DESTINATION.search(original)
    destination = found.group(1) if found else ''
    if words != OBJECT_NAMES:
        phrases = wordings(words)[task.skill.value]
        return phrases[number % len(phrases)].format(thing=thing, destination=destination)
    names = wordings(words)
    colour, _, kind = destination.rpartition(' ')
    new_thing = names[thing][number % len(names[thing])]
    if not destination:
        return original.replace(thing, new_thing)
    new_kind = names[kind][number % len(names[kind])]
    beginning = original[: found.start(1)] if found else ''
    return beginning.replace(thing, new_thing) + f'{colour} {new_kind}'.strip()
