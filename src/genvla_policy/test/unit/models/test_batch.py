# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches of samples, padded on the right."""

from dataclasses import replace

import pytest
import torch

from genvla_policy.models.batch import Batch, Sample, pieces_of

BOS = 2


def collate(*samples):
    return Batch.collate(samples, num_cameras=1, horizon=1, action_dim=7)


def asked(num_images=1, answer=(8,)):
    return Sample.of_answer(torch.ones(num_images, 3, 8, 8), [BOS, 7], answer)


def test_only_the_answer_is_a_target():
    assert list(asked(answer=(8, 9)).is_target) == [False, False, True, True]


def test_the_shorter_sample_is_padded_on_the_right():
    batch = collate(asked(), asked(answer=(8, 9, 10)))
    assert batch.token_ids_BT.tolist() == [[2, 7, 8, 0, 0], [2, 7, 8, 9, 10]]
    assert batch.is_token_BT.sum(1).tolist() == [3, 5]
    assert batch.is_target_BT.sum(1).tolist() == [1, 3]


def test_a_sample_without_images_or_actions_has_zeros_in_their_place():
    batch = collate(asked(), asked(num_images=0))
    assert batch.has_image_BN.tolist() == [[True], [False]]
    assert batch.pixels_BNCSS.flatten(1).amax(1).tolist() == [1.0, 0.0]
    assert not batch.has_actions_B.any()


def test_actions_past_the_end_of_an_episode_are_marked():
    sample = Sample(torch.zeros(1, 3, 8, 8), [BOS], [False], torch.ones(3, 7), num_actions=2)
    whole = replace(sample, num_actions=None)
    batch = Batch.collate([sample, whole, asked()], num_cameras=1, horizon=3, action_dim=7)
    assert batch.is_action_BH.sum(1).tolist() == [2, 3, 0]


def test_a_part_of_a_batch_is_as_wide_as_its_longest_text():
    batch = collate(asked(answer=(8, 9, 10)), asked(), asked(answer=(8, 9)))
    assert batch.lengths_B.tolist() == [5, 3, 4]
    part = batch[[2, 1]]
    assert part.token_ids_BT.tolist() == [[2, 7, 8, 9], [2, 7, 8, 0]]
    assert part.is_target_BT.sum(1).tolist() == [2, 1]
    assert (len(batch[1:]), batch[:2].token_ids_BT.shape) == (2, (2, 5))


@pytest.mark.parametrize(
    ('size', 'pieces'),
    [(0, [[0, 1, 2, 3, 4]]), (5, [[0, 1, 2, 3, 4]]), (2, [[1, 3], [4, 0], [2]])],
)
def test_samples_of_similar_length_share_a_piece(size, pieces):
    assert pieces_of([5, 90, 5, 80, 6], size) == pieces


def test_a_sample_with_too_many_images_is_rejected():
    with pytest.raises(ValueError, match=r'sample 1: pixels_NCSS .*\(2, 3, 8, 8\), expected'):
        collate(asked(), asked(num_images=2))


def test_actions_of_another_shape_are_rejected():
    wrong = Sample(torch.zeros(1, 3, 8, 8), [BOS], [False], torch.zeros(1, 6))
    with pytest.raises(ValueError, match=r'actions_HA has shape \(1, 6\), expected \(1, 7\)'):
        collate(wrong)


def test_target_marks_need_one_per_token():
    with pytest.raises(ValueError, match='3 tokens but 2 target marks'):
        Sample(torch.zeros(0, 3, 8, 8), [1, 2, 3], [False, True])


@pytest.mark.parametrize('field', ['pixels_NCSS', 'actions_HA'])
def test_arrays_instead_of_tensors_are_rejected(field):
    arrays = {'pixels_NCSS': torch.zeros(1, 3, 8, 8), 'actions_HA': torch.zeros(1, 7)}
    arrays[field] = arrays[field].numpy()
    with pytest.raises(TypeError, match=f'{field} is a ndarray, expected a torch.Tensor'):
        Sample(token_ids=[BOS], is_target=[False], **arrays)


def test_hidden_marks_need_one_per_token():
    with pytest.raises(ValueError, match='2 tokens but 1 hidden marks'):
        Sample(torch.zeros(1, 3, 8, 8), [BOS, 300], [False, True], is_hidden=[True])


def test_an_empty_batch_is_rejected():
    with pytest.raises(ValueError, match='at least one sample'):
        collate()


@pytest.mark.parametrize('num_given', [0, 2])
def test_the_prompt_ends_before_the_answer_even_if_tokens_are_given(num_given):
    sample = Sample.of_answer(torch.zeros(1, 3, 8, 8), [BOS, 5, 6], [7, 8, 9], num_given=num_given)
    assert list(sample.prompt_ids) == [BOS, 5, 6]


def test_a_text_without_an_answer_is_all_prompt():
    sample = Sample(torch.zeros(1, 3, 8, 8), [BOS, 5], [False, False])
    assert list(sample.prompt_ids) == [BOS, 5]
