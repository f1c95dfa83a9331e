# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""From data to samples: what is asked, what is a target, what is changed."""

import numpy as np
import pytest

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.data.conversation import Conversation, Turn
from genvla_training.data.conversation_samples import ConversationSampler
from genvla_training.data.episode import BadData, Episode
from genvla_training.data.paraphrases import paraphrase
from genvla_training.data.robot_samples import RobotAugmentation, RobotSampler

TOKENIZER = build_tiny_tokenizer()
NORMALIZER = ActionNormalizer(
    np.array([-0.1] * 6 + [0.0]), np.array([0.1] * 6 + [1.0]), np.array([True] * 6 + [False])
)
PICTURE = np.full((48, 64, 3), 200, np.uint8)
ACTIONS = np.array([[0.05, 0.0, 0.0, 0.0, 0.0, -0.1, 1.0], [0.0, 0.0, 0.025, 0.0, 0.0, 0.0, 0.0]])
EPISODE = Episode('here, episode 3', 'Pick up  the Carrot', ACTIONS, ((PICTURE,), (PICTURE,)))


def rng():
    return np.random.default_rng(0)


def text_of(sample, *, targets):
    ids = [i for i, t in zip(sample.token_ids, sample.is_target, strict=True) if t == targets]
    return TOKENIZER.decode(ids)


def robot_sample(step=0, augmentation=None, system='pi0_plus', **changes):
    config = system_config(system, 'tiny', **changes)
    return RobotSampler(config, TOKENIZER, NORMALIZER, augmentation).sample(EPISODE, step, rng())


def test_a_step_is_asked_as_the_policy_asks():
    sample = robot_sample()
    assert text_of(sample, targets=False) == (
        '<bos>What action should the robot take to pick up the carrot?\n'
    )
    assert text_of(sample, targets=True).startswith(
        '0.5000 0.0000 0.0000 0.0000 0.0000 -1.0000 1.0000'
    )
    assert sample.pixels_NCSS.shape == (1, 3, 128, 128)
    assert sample.pixels_NCSS.mean() == pytest.approx(200 / 127.5 - 1)


def test_a_chunk_past_the_end_moves_no_more_and_keeps_the_gripper():
    answer = text_of(robot_sample(step=1, horizon=2), targets=True)
    still = '0.0000 ' * 6 + '0.0000'
    assert still in answer


def test_a_flow_head_gets_numbers():
    sample = robot_sample(system='pi0_inst_aug')
    assert not any(sample.is_target)
    assert sample.actions_HA[0].tolist() == pytest.approx([0.5, 0, 0, 0, 0, -1, 1])


def test_masking_hides_answers_only():
    sample = robot_sample(augmentation=RobotAugmentation(masked_action_share=0.5))
    hidden = np.array(sample.is_hidden)
    assert 0 < hidden.sum() < sum(sample.is_target)
    assert not (hidden & ~np.array(sample.is_target)).any()


def test_augmented_pictures_differ_but_little():
    plain = robot_sample().pixels_NCSS
    changed = robot_sample(augmentation=RobotAugmentation(images=True)).pixels_NCSS
    assert changed.shape == plain.shape
    assert 0.0 < (changed - plain).abs().max() < 0.8


def test_too_few_pictures_are_named():
    with pytest.raises(BadData, match='here, episode 3: 1 pictures a step'):
        robot_sample(num_cameras=2)


def conversation(*turns, images=(PICTURE,)):
    return Conversation('there, entry 5', images, [Turn(*turn) for turn in turns])


def conversation_sample(conversation, system='pi0_plus', max_tokens=200, **options):
    config = system_config(system, 'tiny')
    sampler = ConversationSampler(config, TOKENIZER, max_tokens=max_tokens, **options)
    return sampler.sample(conversation, rng())


def test_every_answer_is_a_target_and_no_question_is():
    sample = conversation_sample(
        conversation(('What is this?', 'A Carrot.'), ('where?', 'on the plate.'))
    )
    assert text_of(sample, targets=True) == 'A Carrot.<eos>on the plate.<eos>'
    assert text_of(sample, targets=False) == '<bos>What is this?\nwhere?\n'


def test_prismatic_is_asked_in_its_own_words():
    sample = conversation_sample(conversation(('what is this?', 'a carrot.')), 'openvla_plus')
    assert text_of(sample, targets=False) == '<bos>In: what is this?\nOut:'
    assert text_of(sample, targets=True) == ' a carrot.<eos>'


def test_lower_case_is_for_parity_with_the_paper():
    sample = conversation_sample(conversation(('What?', 'A Carrot.')), lower_case=True)
    assert text_of(sample, targets=True) == 'a carrot.<eos>'


def test_turns_that_do_not_fit_are_left_out():
    talk = conversation(('what?', 'a carrot.'), ('where?', 'far away ' * 50))
    assert text_of(conversation_sample(talk, max_tokens=40), targets=True) == 'a carrot.<eos>'


def test_a_first_turn_that_does_not_fit_is_bad_data():
    with pytest.raises(BadData, match='there, entry 5: its first question'):
        conversation_sample(conversation(('what?', 'far away ' * 50)), max_tokens=40)


def test_a_conversation_without_a_picture_is_text():
    sample = conversation_sample(conversation(('one and one?', 'two.'), images=()))
    assert sample.pixels_NCSS.shape == (0, 3, 128, 128)


def test_paraphrases_keep_the_things():
    texts = {
        paraphrase('Put the carrot on the blue plate', np.random.default_rng(k)) for k in range(40)
    }
    assert len(texts) > 8
    assert all('the carrot on the blue plate' in text for text in texts)
