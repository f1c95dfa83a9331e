# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Labels of patches, and batches of images."""

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
    """Return labels: a carrot in patch 2 of row 3, and the gripper in the last patch."""
    patches = ['table'] * 64
    patches[17], patches[63] = 'carrot', 'gripper'
    carrot = {'point': [0.2, 0.35], 'from_gripper_m': [0.1, -0.2, 0.02], 'turn_rad': 0.5}
    carrot |= {'yaw_rad': -0.25}
    gripper = {'point': [0.9, 0.95], 'yaw_rad': -0.75, 'opening': 1.0}
    return patch_labels({'patches': patches, 'objects': {'carrot': carrot}, 'gripper': gripper})


def test_a_patch_is_labelled_with_its_position_and_its_objects_position(labels):
    assert WORDS[labels.words_P[17]] == 'carrot'
    expected = [0.1875, 0.3125, 0.05, 0.15, 0.5, -1.0, 0.1, np.cos(1.0), np.sin(1.0)]
    expected += [np.cos(0.5), -np.sin(0.5)]
    np.testing.assert_allclose(labels.numbers_PK[17, :11], expected, atol=1e-6)
    assert labels.is_known_PK[17].tolist() == [True] * 11 + [False] * 2


def test_a_gripper_patch_is_labelled_with_position_and_direction_of_the_tips(labels):
    expected = [np.cos(1.5), -np.sin(1.5), -0.15, 0.05]
    np.testing.assert_allclose(labels.numbers_PK[63, 9:], expected, atol=1e-6)
    assert labels.is_known_PK[63].tolist() == [True] * 2 + [False] * 7 + [True] * 4


def test_a_table_patch_is_labelled_only_with_its_position(labels):
    np.testing.assert_allclose(labels.numbers_PK[8], [0.0625, 0.1875] + [0.0] * 11)
    assert labels.is_known_PK[8].tolist() == [True] * 2 + [False] * 11


def test_a_batch_has_images_words_and_numbers(pictures):
    batch = pictures.batch([3, 0, 7])
    assert batch.pixels_BCSS.shape == (3, 3, 128, 128)
    assert batch.pixels_BCSS.abs().max() <= 1.0
    assert batch.words_BP.shape == (3, 64)
    assert batch.numbers_BPK.shape == batch.is_known_BPK.shape == (3, 64, 13)


def test_every_image_is_used_once_before_any_is_repeated(pictures):
    batches = list(pictures.batches(np.random.default_rng(0), batch_size=4, count=3))
    seen = torch.cat([batch.pixels_BCSS for batch in batches]).flatten(1)
    assert len(torch.unique(seen, dim=0)) == 12


@pytest.mark.parametrize('text', ['[{"id": "1"}]', '[1]', '{"patches": []}', '[{"patches"'])
def test_data_without_patch_labels_is_refused(tmp_path, text):
    (tmp_path / 'vl.json').write_text(text)
    with pytest.raises(BadData, match=r'vl\.json (has no labels for image patches|is not JSON)'):
        read_entries(tmp_path / 'vl.json')


def test_a_missing_image_is_named(data, tmp_path):
    pictures = PatchPictures(
        json.loads(data.read_text()), tmp_path, fit=system_config('pi0_s', 'tiny').picture_fit
    )
    with pytest.raises(BadData, match=r'000002\.jpg cannot be read: No such file'):
        pictures.batch([2])
