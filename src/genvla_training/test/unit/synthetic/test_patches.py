# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The content of every image patch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_sim.scene.objects import OBJECTS
from genvla_training.synthetic.patches import WORDS, patch_words

GRIPPER = ('gripper_link', 'gripper_prop_link', 'left_finger_link', 'right_finger_link')


@pytest.fixture(scope='module')
def first_patch(scenes):
    """A function that names the first patch from its pixels per body (200 in total)."""

    def word(**num_pixels):
        pixels = [name for name, count in num_pixels.items() for _ in range(count)]
        bodies = np.full((80, 160), 'floor', dtype='<U20')
        bodies[:10, :20] = np.reshape(pixels, (10, 20))
        return patch_words(replace(scenes[0], bodies=bodies))[0]

    return word


def shares(scene, names):
    """Return the share of each patch that these bodies cover."""
    height, width = scene.bodies.shape
    blocks = np.isin(scene.bodies, names).reshape(8, height // 8, 8, width // 8)
    return blocks.mean(axis=(1, 3)).ravel()


def test_an_image_has_64_words_of_the_list(scenes):
    for scene in scenes:
        words = patch_words(scene)
        assert len(words) == 64
        assert set(words) <= set(WORDS)


def test_every_object_has_its_word_in_the_list():
    assert {kind.words.split()[-1] for kind in OBJECTS.values()} <= set(WORDS)


def test_each_word_is_one_token():
    tokenizer = build_tiny_tokenizer()
    tokens = [tokenizer.encode(f' {word}') for word in WORDS]
    assert [len(ids) for ids in tokens] == [1] * len(WORDS)
    assert len({ids[0] for ids in tokens}) == len(WORDS)


def test_the_gripper_word_is_at_its_pixels(scenes):
    for scene in scenes:
        says_gripper = np.array(patch_words(scene)) == 'gripper'
        covered = shares(scene, GRIPPER)
        assert (covered[says_gripper] >= 0.125).all()
        assert says_gripper[covered > 0.8].all()


def test_an_object_word_is_at_its_pixels(scenes):
    for scene in scenes:
        words = np.array(patch_words(scene))
        for name in scene.state.objects:
            covered = shares(scene, [name])
            word = OBJECTS[name].words.split()[-1]
            assert (words[covered > 0.5] == word).all()
            assert (covered[words == word] >= 0.125).all()


def test_words_are_ordered_row_by_row(scenes):
    bodies = np.full((240, 320), 'floor', dtype='<U20')
    bodies[30:60, 80:120] = 'carrot'  # second row, third column
    words = patch_words(replace(scenes[0], bodies=bodies))
    assert [index for index, word in enumerate(words) if word == 'carrot'] == [10]


def test_an_object_is_named_from_an_eighth_of_a_patch_on(first_patch):
    assert first_patch(carrot=25, table=175) == 'carrot'
    assert first_patch(carrot=24, table=176) == 'table'


def test_the_larger_of_two_objects_is_named(first_patch):
    assert first_patch(carrot=40, knife=60, table=100) == 'knife'
    assert first_patch(carrot=60, left_finger_link=40, table=100) == 'carrot'


def test_the_larger_of_table_and_floor_is_named(first_patch):
    assert first_patch(table=90, floor=110) == 'floor'
    assert first_patch(table=110, floor=90) == 'table'


def test_a_plate_of_any_colour_is_a_plate(first_patch):
    assert first_patch(blue_plate=200) == 'plate'
    assert first_patch(yellow_plate=200) == 'plate'


def test_fingers_are_the_gripper_and_other_links_the_robot(first_patch):
    assert first_patch(right_finger_link=200) == 'gripper'
    assert first_patch(upper_forearm_link=200) == 'robot'
