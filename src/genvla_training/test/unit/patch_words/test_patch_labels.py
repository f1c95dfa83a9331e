# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a patch is labelled with, and batches of pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from genvla_policy.models.systems import system_config
from genvla_training.data.episode import BadData
from genvla_training.patch_words.patch_labels import PatchPictures, patch_labels, read_entries
from genvla_training.synthetic.patches import WORDS


@pytest.fixture
def labels():
    """Of a carrot in the second patch of the third row, and the gripper in the last patch."""
    patches = ['table'] * 64
    patches[17], patches[63] = 'carrot', 'gripper'
    carrot = {'point': [0.2, 0.35], 'from_gripper_m': [0.1, -0.2, 0.02], 'turn_rad': 0.5}
    carrot |= {'yaw_rad': -0.25}
    gripper = {'point': [0.9, 0.95], 'yaw_rad': -0.75, 'opening': 1.0}
    return patch_labels({'patches': patches, 'objects': {'carrot': carrot}, 'gripper': gripper})


def test_a_patch_says_where_it_is_and_where_its_thing_is(labels):
    assert WORDS[labels.words_P[17]] == 'carrot'
    expected = [0.1875, 0.3125, 0.05, 0.15, 0.5, -1.0, 0.1, np.cos(1.0), np.sin(1.0)]
    expected += [np.cos(0.5), -np.sin(0.5)]
    np.testing.assert_allclose(labels.numbers_PK[17, :11], expected, atol=1e-6)
    assert labels.is_known_PK[17].tolist() == [True] * 11 + [False] * 2


def test_a_patch_of_the_gripper_says_where_its_tips_are_and_where_they_point(labels):
    expected = [np.cos(1.5), -np.sin(1.5), -0.15, 0.05]
    np.testing.assert_allclose(labels.numbers_PK[63, 9:], expected, atol=1e-6)
    assert labels.is_known_PK[63].tolist() == [True] * 2 + [False] * 7 + [True] * 4


def test_a_patch_of_the_table_says_where_it_is_only(labels):
    np.testing.assert_allclose(labels.numbers_PK[8], [0.0625, 0.1875] + [0.0] * 11)
    assert labels.is_known_PK[8].tolist() == [True] * 2 + [False] * 11


def test_a_batch_has_pictures_words_and_numbers(pictures):
    batch = pictures.batch([3, 0, 7])
    assert batch.pixels_BCSS.shape == (3, 3, 128, 128)
    assert batch.pixels_BCSS.abs().max() <= 1.0
    assert batch.words_BP.shape == (3, 64)
    assert batch.numbers_BPK.shape == batch.is_known_BPK.shape == (3, 64, 13)


def test_every_picture_comes_once_before_one_comes_again(pictures):
    batches = list(pictures.batches(np.random.default_rng(0), batch_size=4, count=3))
    seen = torch.cat([batch.pixels_BCSS for batch in batches]).flatten(1)
    assert len(torch.unique(seen, dim=0)) == 12


@pytest.mark.parametrize('text', ['[{"id": "1"}]', '[1]', '{"patches": []}', '[{"patches"'])
def test_data_of_another_origin_is_refused(tmp_path, text):
    (tmp_path / 'vl.json').write_text(text)
    with pytest.raises(BadData, match=r'vl\.json (does not say what patches show|is no JSON)'):
        read_entries(tmp_path / 'vl.json')


def test_a_picture_that_is_missing_is_named(data, tmp_path):
    pictures = PatchPictures(
        json.loads(data.read_text()), tmp_path, fit=system_config('pi0_s', 'tiny').picture_fit
    )
    with pytest.raises(BadData, match=r'000002\.jpg cannot be read: No such file'):
        pictures.batch([2])
