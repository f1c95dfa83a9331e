# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Questions about a scene, with answers from the simulator's state."""

from __future__ import annotations

from collections.abc import Callable
from math import degrees

import numpy as np
from numpy.random import Generator

from genvla_sim.scene.objects import OBJECTS
from genvla_sim.scene.state import TABLE
from genvla_sim.tasks.table_v import is_held
from genvla_training.data.conversation import Turn
from genvla_training.synthetic.geometry import (
    from_gripper,
    is_long,
    object_pixel,
    seen,
    tip_pixel,
    turn_from_gripper,
    words,
)
from genvla_training.synthetic.scenes import Scene
from genvla_viperx.arm.gripper import opening_from_finger

_NUMBERS = ('no', 'one', 'two', 'three', 'four', 'five', 'six')
_CLOSE_M = 0.02
"""Smallest difference in distance by which one object counts as the nearest [m]."""

Question = Callable[[Scene, Generator], list[Turn]]


def conversation(scene: Scene, rng: Generator, *, max_turns: int) -> list[Turn]:
    """Return questions about a scene, of every kind that it allows, in random order.

    Args:
        scene: The scene to ask about.
        rng: Chooses the objects, the wording and the order.
        max_turns: Maximum number of questions, at least 1.
    """
    turns = [turn for ask in QUESTIONS.values() for turn in ask(scene, rng)]
    rng.shuffle(turns)
    return turns[:max_turns]


def caption(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for a description; the answer lists the objects from left to right in the picture."""
    question = rng.choice(['describe the image.', 'what is in the picture?'])
    things = sorted(seen(scene), key=lambda name: object_pixel(scene, name)[0])
    text = ', '.join(f'{_article(words(name))} {words(name)}' for name in things) or 'nothing'
    return [Turn(str(question), f'there is {text}.')]


def count(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for the number of objects."""
    return [Turn('how many objects are there?', f'{_NUMBERS[len(seen(scene))]}.')]


def presence(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask whether an object is present; yes and no are equally likely."""
    there = seen(scene)
    missing = [name for name in OBJECTS if name not in scene.state.objects]
    is_asked_of_one_there = bool(there) and rng.random() < 0.5
    name = str(rng.choice(there if is_asked_of_one_there else missing))
    question = f'is there {_article(words(name))} {words(name)}?'
    return [Turn(question, 'yes.' if is_asked_of_one_there else 'no.')]


def colour(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for the colour of the plate."""
    plates = [name for name in seen(scene) if name.endswith('_plate')]
    return [Turn('what colour is the plate?', f'{n.removesuffix("_plate")}.') for n in plates]


def pointing(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for each object's position in RoboPoint's format: x and y of the picture in [0, 1]."""
    return [
        Turn(f'point at the {words(name)}.', _point(scene, object_pixel(scene, name)))
        for name in seen(scene)
    ]


def gripper_place(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for the position of the gripper's tip in the picture."""
    return [Turn('point at the gripper.', _point(scene, tip_pixel(scene)))]


def side(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for the direction from one object to another in the picture, on the larger axis."""
    things = seen(scene)
    if len(things) < 2:
        return []
    first, second = (str(name) for name in rng.choice(things, 2, replace=False))
    offset = object_pixel(scene, first) - object_pixel(scene, second)
    axis = int(np.argmax(np.abs(offset)))
    where = (('left of', 'right of'), ('above', 'below'))[axis][int(offset[axis] > 0.0)]
    question = f'where is the {words(first)} from the {words(second)}?'
    return [Turn(question, f'{where} it.')]


def nearest(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for the object nearest to the gripper, if the nearest one is clear."""
    distances = sorted(
        (float(np.linalg.norm(from_gripper(scene, name)[:2])), name) for name in seen(scene)
    )
    if len(distances) < 2 or distances[1][0] - distances[0][0] < _CLOSE_M:
        return []
    return [Turn('which object is closest to the gripper?', f'the {words(distances[0][1])}.')]


def offset(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for each object's offset from the gripper, in centimetres of the base frame."""
    turns = []
    for name in seen(scene):
        x, y, z = 100.0 * from_gripper(scene, name)
        turns.append(
            Turn(
                f'where is the {words(name)} from the gripper?',
                ', '.join(
                    (_cm(x, 'front', 'back'), _cm(y, 'left', 'right'), _cm(z, 'above', 'under'))
                ),
            )
        )
    return turns


def turning(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask how far each long object is turned from across the fingers, in degrees, -90 to 90."""
    turns = []
    for name in seen(scene):
        if is_long(name):
            turn = turn_from_gripper(scene, name)
            angle = f'{abs(degrees(turn)):.0f}'
            way = 'left' if turn > 0.0 else 'right'
            question = f'how far is the {words(name)} turned from the gripper?'
            turns.append(Turn(question, f'{way} {angle:0>2}'))
    return turns


def grip(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask what the gripper holds and how open it is."""
    held = [name for name, item in scene.state.objects.items() if is_held(item)]
    opening = opening_from_finger(scene.state.finger_m)
    how = 'open' if opening > 0.8 else 'closed' if opening < 0.2 else 'half open'
    return [
        Turn('what is in the gripper?', f'the {words(held[0])}.' if held else 'nothing.'),
        Turn('is the gripper open?', f'it is {how}.'),
    ]


def free_space(scene: Scene, rng: Generator) -> list[Turn]:
    """Ask for a free place on the table, if one is visible."""
    rows, columns = np.nonzero(scene.bodies == TABLE)
    if not len(rows):
        return []
    pick = int(rng.integers(len(rows)))
    return [
        Turn('point at a free place on the table.', _point(scene, (columns[pick], rows[pick])))
    ]


QUESTIONS: dict[str, Question] = {
    'caption': caption,
    'count': count,
    'presence': presence,
    'colour': colour,
    'pointing': pointing,
    'gripper_place': gripper_place,
    'side': side,
    'nearest': nearest,
    'offset': offset,
    'turning': turning,
    'grip': grip,
    'free_space': free_space,
}
"""Kinds of questions by name."""


def _point(scene: Scene, pixel: np.ndarray | tuple[float, float]) -> str:
    x, y = np.clip(
        (np.asarray(pixel) + 0.5) / (scene.camera.width, scene.camera.height), 0.0, 0.999
    )
    return f'[({x:.3f}, {y:.3f})]'


def _cm(value: float, positive: str, negative: str) -> str:
    return f'{positive if value >= 0.0 else negative} {abs(value):04.1f}'


def _article(word: str) -> str:
    return 'an' if word[0] in 'aeiou' else 'a'
