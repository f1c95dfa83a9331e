# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers match the image and the state; the tests compute each in another way."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
import re

import numpy as np
import pytest

from genvla_sim.scene.objects import OBJECTS, PLATE_COLORS
from genvla_training.synthetic.questions import (
    QUESTIONS,
    caption,
    colour,
    conversation,
    count,
    free_space,
    grip,
    gripper_place,
    nearest,
    offset,
    pointing,
    presence,
    side,
    turning,
)
from genvla_training.synthetic.scenes import random_scenes
from genvla_viperx.arm.kinematics import forward

NAME_OF = {kind.words: name for name, kind in OBJECTS.items()}
THING = rf'(?:{"|".join(NAME_OF)})'
POINT = r'\[\(0\.\d{3}, 0\.\d{3}\)\]'
ANSWERS = {
    'caption': rf'there is (?:nothing|an? {THING}(?:, an? {THING})*)\.',
    'count': r'(?:no|one|two|three|four)\.',
    'presence': r'(?:yes|no)\.',
    'colour': rf'(?:{"|".join(PLATE_COLORS)})\.',
    'pointing': POINT,
    'gripper_place': POINT,
    'side': r'(?:left of|right of|above|below) it\.',
    'nearest': rf'the {THING}\.',
    'offset': r'(?:front|back) \d\d\.\d, (?:left|right) \d\d\.\d, (?:above|under) \d\d\.\d',
    'turning': r'(?:left|right) \d\d',
    'grip': rf'the {THING}\.|nothing\.|it is (?:open|closed|half open)\.',
    'free_space': POINT,
}


@pytest.fixture(scope='module')
def scenes():
    return list(random_scenes(np.random.default_rng(7), 60, plain_share=0.3))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope='module')
def empty(scenes):
    """A scene without any visible object or table."""
    return replace(scenes[0], bodies=np.full((240, 320), 'floor'))


def asked(ask, scenes, rng):
    """Yield scene, question, answer, and the object that the question names, if any."""
    for scene in scenes:
        for turn in ask(scene, rng):
            named = re.search(THING, turn.question)
            yield scene, turn.question, turn.answer, NAME_OF[named[0]] if named else None


def pixels(scene, name):
    """Return the pixels of an object, (N, 2) u and v."""
    return np.argwhere(scene.bodies == name)[:, ::-1]


def visible(scene):
    return [name for name in scene.state.objects if len(pixels(scene, name)) >= 60]


def pixel_of(point):
    """Return the pixel, (u, v), of an answer such as '[(0.250, 0.500)]' in 320 x 240."""
    x, y = (float(number) for number in re.findall(r'0\.\d+', point))
    return int(x * 320), int(y * 240)


def finger_tips(scene):
    tool = forward(scene.state.joint_positions)
    return (tool @ [0.046, 0.0, 0.0, 1.0])[:3]


def grasp_point(scene, name):
    kind, pose = OBJECTS[name], scene.state.objects[name].base_T_object
    return (pose @ [kind.grasp_x_m or 0.0, 0.0, 0.0, 1.0])[:3]


@pytest.mark.parametrize('kind', QUESTIONS)
def test_questions_and_answers_are_well_formed(kind, scenes, rng):
    turns = [turn for scene in scenes for turn in QUESTIONS[kind](scene, rng)]
    assert turns
    for turn in turns:
        assert re.fullmatch(ANSWERS[kind], turn.answer)
        assert re.fullmatch(r'[a-z ]+[?.]', turn.question)


def test_a_caption_lists_visible_objects_from_left_to_right(scenes, rng):
    for scene, _, answer, _ in asked(caption, scenes, rng):
        listed = [NAME_OF[words] for words in re.findall(THING, answer)]
        assert sorted(listed) == sorted(visible(scene))
        columns = [pixels(scene, name)[:, 0] for name in listed]
        # The grasp point, by which they are ordered, lies between the ends of what is seen.
        assert all(a.min() - 15 <= b.max() for a, b in pairwise(columns))


def test_the_count_matches_the_objects_in_the_image(scenes, rng):
    numbers = {'no.': 0, 'one.': 1, 'two.': 2, 'three.': 3, 'four.': 4}
    for scene, _, answer, _ in asked(count, scenes, rng):
        assert numbers[answer] == len(visible(scene))


def test_the_answer_is_yes_exactly_for_visible_objects(scenes, rng):
    for scene, _, answer, name in asked(presence, scenes * 5, rng):
        assert (answer == 'yes.') == (name in visible(scene))


def test_yes_and_no_are_balanced(scenes, rng):
    with_objects = [scene for scene in scenes if visible(scene)]
    answers = [answer for *_, answer, _ in asked(presence, with_objects * 20, rng)]
    assert answers.count('yes.') / len(answers) == pytest.approx(0.5, abs=0.05)


def test_the_colour_of_the_plate_matches_its_pixels(scenes, rng):
    turns = list(asked(colour, scenes, rng))
    assert len(turns) > 3
    for scene, _, answer, _ in turns:
        name = f'{answer[:-1]}_plate'
        shown = np.median(scene.image[scene.bodies == name], axis=0)
        likeness = {
            colour: np.dot(shown, rgb) / np.linalg.norm(shown) / np.linalg.norm(rgb)
            for colour, rgb in PLATE_COLORS.items()
        }
        assert max(likeness, key=likeness.get) == answer[:-1]


def test_pointing_hits_the_object_or_an_occluder(scenes, rng):
    hits = []
    for scene, _, answer, name in asked(pointing, scenes, rng):
        u, v = pixel_of(answer)
        hits.append(scene.bodies[v, u] == name)
        assert scene.bodies[v, u] not in ('table', 'floor')
    assert np.mean(hits) > 0.8


def test_every_visible_object_is_pointed_at(scenes, rng):
    for scene in scenes:
        names = [name for *_, name in asked(pointing, [scene], rng)]
        assert names == visible(scene)


def test_pointing_at_the_gripper_hits_its_finger_tips(scenes, rng):
    for scene, _, answer, _ in asked(gripper_place, scenes, rng):
        [tips] = scene.camera.project([finger_tips(scene)])
        inside = np.clip(tips, 0, (319, 239))
        np.testing.assert_allclose(pixel_of(answer), inside, atol=1.0)


def test_sides_agree_with_the_order_of_the_pixels(scenes, rng):
    clear = 0
    for scene, question, answer, _ in asked(side, scenes * 3, rng):
        first, second = (NAME_OF[words] for words in re.findall(THING, question))
        ahead = pixels(scene, first).mean(axis=0) - pixels(scene, second).mean(axis=0)
        axis = 0 if answer.startswith(('left', 'right')) else 1
        if abs(ahead[axis]) > 30.0:  # an object is held off its middle
            clear += 1
            assert (ahead[axis] < 0.0) == answer.startswith(('left', 'above'))
    assert clear > 30


def test_the_closest_object_is_clearly_closest_to_the_finger_tips(scenes, rng):
    for scene, _, answer, _ in asked(nearest, scenes, rng):
        away = {
            name: np.hypot(*(grasp_point(scene, name) - finger_tips(scene))[:2])
            for name in visible(scene)
        }
        first, second = sorted(away, key=away.get)[:2]
        assert answer == f'the {OBJECTS[first].words}.'
        assert away[second] - away[first] >= 0.0199


def test_offsets_are_centimetres_from_the_finger_tips(scenes, rng):
    signs = {'front': 1, 'back': -1, 'left': 1, 'right': -1, 'above': 1, 'under': -1}
    for scene, _, answer, name in asked(offset, scenes, rng):
        said = [signs[way] * float(cm) for way, cm in re.findall(r'(\w+) ([\d.]+)', answer)]
        off = 100.0 * (grasp_point(scene, name) - finger_tips(scene))
        np.testing.assert_allclose(said, off, atol=0.051)


def test_a_turn_lays_the_fingers_across_the_object(scenes, rng):
    for scene, _, answer, name in asked(turning, scenes, rng):
        way, degrees = answer.split()
        assert OBJECTS[name].half_length_m > 0.0
        assert 0 <= int(degrees) <= 90
        turn = np.radians(int(degrees)) * (1 if way == 'left' else -1)
        fingers = scene.state.base_T_tool[:2, 1] / np.hypot(*scene.state.base_T_tool[:2, 1])
        along = scene.state.objects[name].base_T_object[:2, 0]
        along = along / np.hypot(*along)
        across = complex(*fingers) * np.exp(1j * turn)
        assert abs(across.real * along[0] + across.imag * along[1]) < 0.01


def test_an_object_that_both_pads_touch_is_in_the_gripper(scenes, rng):
    held = 0
    for scene, question, answer, _ in asked(grip, scenes, rng):
        touched = [
            n for n, o in scene.state.objects.items() if {'left_pad', 'right_pad'} <= o.touches
        ]
        if question == 'what is in the gripper?':
            held += bool(touched)
            assert answer == (f'the {OBJECTS[touched[0]].words}.' if touched else 'nothing.')
    assert held > 2


@pytest.mark.parametrize(
    ('finger_m', 'answer'),
    [(0.021, 'closed'), (0.027, 'closed'), (0.039, 'half open'), (0.051, 'open'), (0.057, 'open')],
)
def test_the_gripper_answer_matches_its_fingers(finger_m, answer, scenes, rng):
    scene = replace(scenes[0], state=replace(scenes[0].state, finger_m=finger_m))
    assert grip(scene, rng)[1].answer == f'it is {answer}.'


def test_a_free_place_is_on_the_table(scenes, rng):
    for scene, _, answer, _ in asked(free_space, scenes, rng):
        u, v = pixel_of(answer)
        assert scene.bodies[v, u] == 'table'
        eye = scene.camera.base_T_optical
        ray = eye[:3, :3] @ np.linalg.solve(scene.camera.intrinsics, [u, v, 1.0])
        x, y, z = eye[:3, 3] - eye[2, 3] / ray[2] * ray
        assert z == pytest.approx(0.0, abs=1e-9)
        assert abs(x - 0.30) <= 0.45
        assert abs(y) <= 0.60


def test_an_image_without_objects_has_few_questions(empty, rng):
    assert caption(empty, rng)[0].answer == 'there is nothing.'
    assert count(empty, rng)[0].answer == 'no.'
    assert {presence(empty, rng)[0].answer for _ in range(20)} == {'no.'}
    for ask in (colour, pointing, side, nearest, offset, turning, free_space):
        assert ask(empty, rng) == []


def test_a_conversation_has_from_one_question_to_the_requested_number(scenes, empty, rng):
    for scene in (*scenes, empty):
        assert 1 <= len(conversation(scene, rng, max_turns=4)) <= 4
        assert len(conversation(scene, rng, max_turns=1)) == 1


def test_conversations_contain_every_kind_of_question(scenes, rng):
    spoken = [turn for scene in scenes for turn in conversation(scene, rng, max_turns=6)]
    for form in ANSWERS.values():
        assert any(re.fullmatch(form, turn.answer) for turn in spoken)


def test_the_same_seed_gives_the_same_questions(scenes):
    first, second = (
        conversation(scenes[3], np.random.default_rng(9), max_turns=6) for _ in range(2)
    )
    assert first == second
