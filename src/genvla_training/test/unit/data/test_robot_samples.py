# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Samples from demonstration steps: prompts, targets and augmentation."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.images.pixels import to_pixels
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.data.augmentation import RobotAugmentation
from genvla_training.data.episode import BadData, Episode
from genvla_training.data.robot_samples import RobotSamples, chunk

TOKENIZER = build_tiny_tokenizer()
NORMALIZER = ActionNormalizer(
    np.array([-0.1] * 6 + [0.0]), np.array([0.1] * 6 + [1.0]), np.array([True] * 6 + [False])
)
PICTURE = np.full((48, 64, 3), 200, np.uint8)
ACTIONS = np.array([[0.05, 0.0, 0.0, 0.0, 0.0, -0.1, 1.0], [0.0, 0.0, 0.025, 0.0, 0.0, 0.0, 0.0]])
EPISODE = Episode('here, episode 3', 'Pick up  the Carrot.', ACTIONS, ((PICTURE,), (PICTURE,)))
DATASET = SimpleNamespace(name='here', lengths_E=np.array([5, 5, 5, 2]), read={3: EPISODE}.get)


def text_of(sample, *, targets):
    ids = [i for i, t in zip(sample.token_ids, sample.is_target, strict=True) if t == targets]
    return TOKENIZER.decode(ids)


def robot_sample(
    step=0, augmentation=None, system='pi0_plus', instruction=EPISODE.instruction, **changes
):
    config = system_config(system, 'tiny', **changes)
    source = RobotSamples(
        DATASET,
        np.array([3]),
        config=config,
        tokenizer=TOKENIZER,
        normalizer=NORMALIZER,
        augmentation=augmentation,
    )
    assert source.lengths_E.tolist() == [2]
    episode = replace(source.read(0), instruction=instruction)
    return source.sample(episode, step, np.random.default_rng(0))


def test_a_sample_has_the_same_prompt_as_inference():
    sample = robot_sample()
    assert text_of(sample, targets=False) == (
        '<bos>In: <VLA_PROMPT> What action should the robot take to pick up the carrot?\nOut:'
    )
    assert text_of(sample, targets=True).startswith(
        ' 0.5000 0.0000 0.0000 0.0000 0.0000 -1.0000 1.0000'
    )
    assert sample.pixels_NCSS.shape == (1, 3, 128, 128)
    assert sample.pixels_NCSS.mean() == pytest.approx(200 / 127.5 - 1)


def test_a_chunk_past_the_end_stands_still_and_keeps_the_gripper():
    answer = text_of(robot_sample(step=1, horizon=2), targets=True)
    still = '0.0000 ' * 6 + '0.0000'
    assert still in answer


def test_a_flow_head_gets_numbers():
    sample = robot_sample(system='pi0_inst_aug')
    assert not any(sample.is_target)
    assert sample.actions_HA[0].tolist() == pytest.approx([0.5, 0, 0, 0, 0, -1, 1])


def test_the_recorded_actions_of_a_chunk_are_counted_for_a_flow_head():
    chunks = [robot_sample(step, system='pi0_inst_aug', horizon=2) for step in (0, 1)]
    assert [sample.num_actions for sample in chunks] == [2, 1]


def test_masking_hides_only_answers():
    sample = robot_sample(augmentation=RobotAugmentation(masked_action_share=0.5))
    hidden = np.array(sample.is_hidden)
    assert 0 < hidden.sum() < sum(sample.is_target)
    assert not (hidden & ~np.array(sample.is_target)).any()


def test_augmented_images_differ_slightly():
    plain = robot_sample().pixels_NCSS
    changed = robot_sample(augmentation=RobotAugmentation(images=True)).pixels_NCSS
    assert changed.shape == plain.shape
    assert 0.0 < (changed - plain).abs().max() < 0.8


def test_too_few_images_are_refused():
    with pytest.raises(BadData, match='here, episode 3: the data has 1 images per step'):
        robot_sample(num_cameras=2)


def test_an_instruction_of_only_punctuation_is_refused():
    with pytest.raises(BadData, match=r"here, episode 3: the instruction ' \.' is blank"):
        robot_sample(instruction=' .')


@pytest.mark.parametrize('written', ['PICK up the carrot !', 'pick up the carrot'])
def test_a_paraphrase_starts_from_the_normalised_instruction(written):
    augmentation = RobotAugmentation(instructions=True)
    ids = robot_sample(augmentation=augmentation).token_ids
    assert robot_sample(augmentation=augmentation, instruction=written).token_ids == ids


def test_unaugmented_images_match_inference():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    episode = replace(EPISODE, frames=((picture,), (picture,)))
    config = system_config('pi0_plus', 'tiny', center_crop=0.9, aspect_ratio=64 / 48)
    source = RobotSamples(
        DATASET, np.array([3]), config=config, tokenizer=TOKENIZER, normalizer=NORMALIZER
    )
    seen = source.sample(episode, 0, rng).pixels_NCSS[0]
    assert torch.equal(seen, to_pixels(config.picture_fit.robot(picture)))


# Three steps; what the expert would do from each on, of two actions, and what was executed.
THREE = np.repeat(np.array([[0.01], [0.02], [0.03]]), 7, axis=1)
LOOKED_AHEAD = replace(
    EPISODE,
    actions_TA=THREE,
    executed_TA=THREE + 0.005,
    continuations_THA=np.stack([THREE, THREE + 0.0001], axis=1),
    frames=((PICTURE,),) * 3,
)


def first_numbers(actions_HA):
    return np.round(actions_HA[:, 0], 6).tolist()


def test_a_chunk_is_the_undisturbed_continuation():
    assert first_numbers(chunk(LOOKED_AHEAD, 1, 2)) == [0.02, 0.0201]


def test_a_started_chunk_continues_from_the_executed_actions():
    assert first_numbers(chunk(LOOKED_AHEAD, 0, 3, num_begun=1)) == [0.015, 0.02, 0.0201]
    assert first_numbers(chunk(LOOKED_AHEAD, 0, 3, num_begun=2)) == [0.015, 0.025, 0.03]


def test_continuations_shorter_than_the_horizon_are_bad_data():
    """Otherwise the policy would learn to stop in the middle of an episode."""
    config = system_config('pi0_plus', 'tiny', horizon=3)
    source = RobotSamples(
        DATASET, np.array([3]), config=config, tokenizer=TOKENIZER, normalizer=NORMALIZER
    )
    with pytest.raises(BadData, match=r'for horizon 2, .* horizon 3; .* with --horizon 3'):
        source.sample(LOOKED_AHEAD, 0, np.random.default_rng(0))


def test_without_recorded_continuations_the_following_rows_are_the_chunk():
    plain = replace(LOOKED_AHEAD, executed_TA=None, continuations_THA=None)
    assert first_numbers(chunk(plain, 0, 3, num_begun=1)) == [0.01, 0.02, 0.03]


def test_given_actions_are_part_of_the_answer_but_not_trained_on():
    plain, begun = (
        robot_sample(horizon=2, augmentation=RobotAugmentation(begun_share=share))
        for share in (0.0, 1.0)
    )
    assert begun.token_ids == plain.token_ids
    assert begun.num_given > 0 == plain.num_given
    assert sum(begun.is_target) == sum(plain.is_target) - begun.num_given
    learnt = text_of(begun, targets=True)
    assert '0.5000' not in learnt  # dx of the first action
    assert '0.2500' in learnt  # dz of the second one


def test_the_last_step_of_an_episode_has_no_given_actions():
    assert robot_sample(1, RobotAugmentation(begun_share=1.0), horizon=2).num_given == 0


@pytest.mark.parametrize('begun_share', [0.0, 1.0])
def test_a_short_sample_ends_after_the_first_action_of_the_model(begun_share):
    whole, short = (
        robot_sample(
            horizon=3,
            augmentation=RobotAugmentation(begun_share=begun_share, short_share=share),
        )
        for share in (0.0, 1.0)
    )
    assert short.num_given == whole.num_given
    num_tokens = len(short.token_ids)
    assert short.token_ids == whole.token_ids[:num_tokens]
    learnt = text_of(short, targets=True)
    assert text_of(whole, targets=True).startswith(learnt)
    assert len(learnt.split()) == 7
