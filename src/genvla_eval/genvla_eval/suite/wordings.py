# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A task's instruction in other words: those of training, and those that it never had.

The held-out words are frozen: a policy that was trained on one of them is measured on nothing.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
import re

from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import Task

OWN, ACTIONS, OBJECT_NAMES = 'own_words', 'held_out_actions', 'held_out_objects'
"""Files of instructions/: phrases that training makes, and by what is held out."""

_FOLDER = Path(__file__).parent / 'instructions'
_DESTINATION = re.compile(r' (?:on|near) the (.*)$')


@functools.cache
def wordings(words: str) -> dict[str, list[str]]:
    """Return the phrases of a file by skill, or its names by object."""
    read: dict[str, list[str]] = json.loads((_FOLDER / f'{words}.json').read_text('utf-8'))
    return read


def reworded(task: Task, original: str, words: str, number: int) -> str:
    """Return an instruction in other words.

    Args:
        task: What is to be done.
        original: Its instruction in this episode, with its colours drawn.
        words: OWN, ACTIONS or OBJECT_NAMES.
        number: Of the episode; the phrases or names take turns.
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
