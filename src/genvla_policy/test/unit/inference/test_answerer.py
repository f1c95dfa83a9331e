# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Questions about images."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.inference.answerer import Answerer
from genvla_policy.models.token_tree import TokenTree
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.text.turns import encode_turn
from genvla_sim.tasks.tabletop_env import TabletopEnv

SYSTEMS = ['pi0_s', 'pi0_ds', 'pi0_c', 'openvla_s', 'openvla_plus']


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (60, 80, 3), dtype=np.uint8)


@pytest.fixture(params=SYSTEMS)
def answerer(request, tmp_path):
    """Return a model of each kind with random weights."""
    write_tiny_checkpoint(tmp_path, tiny_config(request.param), seed=3)
    return Answerer.load(tmp_path, device='cpu')


@pytest.fixture(scope='module')
def shipped():
    """Return the shipped model, which was trained in lower case."""
    return Answerer.load(SHIPPED_CHECKPOINT, device='cpu', lower_case=True)


@pytest.fixture(scope='module')
def table():
    """Return an image of the table before anything has moved."""
    env = TabletopEnv('PickCarrot')
    observation, _ = env.reset(seed=0)
    env.close()
    return observation['image']


@torch.inference_mode()
def token_by_token(answerer, image, question, answer):
    """Return the log-probability of an answer from decoding, and whether it is greedy."""
    config = answerer.config
    asked, answer_ids = encode_turn(
        answerer._tokenizer, config.question(question), config.answer_prefix + answer
    )
    pixels = answerer._pixels([image])
    cache = answerer.model.new_cache(num_rows=1, num_slots=512)
    hidden = answerer.model.prefill(pixels[None], [asked], cache)[0]
    total, is_greedy = 0.0, True
    for token_id in answer_ids:
        scores = functional.linear(hidden, answerer.model.head_VD).float().log_softmax(-1)
        total += float(scores[token_id])
        is_greedy &= int(scores.argmax()) == token_id
        hidden = answerer.model.advance([TokenTree.chain([token_id])], cache)[0, 0]
        cache.keep([[0]])
    return total, is_greedy


def test_likelihoods_match_decoding_token_by_token(answerer):
    options = ['yes', 'no, it is the red one.', 'True']
    found = answerer.likelihoods([picture()], 'is it open?', options)
    for option, likelihood in zip(options, found, strict=True):
        log_prob, is_greedy = token_by_token(answerer, picture(), 'is it open?', option)
        assert likelihood.log_prob == pytest.approx(log_prob, abs=1e-3)
        assert likelihood.is_greedy == is_greedy


def test_an_answer_ends_at_max_tokens_and_depends_on_the_image(answerer):
    long = answerer.answer([picture()], 'what is it?', max_tokens=12)
    short = answerer.answer([picture()], 'what is it?', max_tokens=3)
    assert long.startswith(short.rstrip('\ufffd'))
    first, second = (
        answerer.likelihoods([picture(seed)], 'what is it?', ['a dog'])[0].log_prob
        for seed in (0, 1)
    )
    assert first != second


def test_the_shipped_policy_still_answers_questions(shipped, table):
    assert shipped.answer([table], 'Is the gripper open?') == 'it is open.'
    # The trained model ends its answers by itself.
    assert len(shipped.answer([table], 'which object is closest to the gripper?')) < 30


def test_the_most_probable_option_is_the_greedy_answer(shipped, table):
    opened, closed = shipped.likelihoods(
        [table], 'is the gripper open?', ['it is open.', 'it is closed.']
    )
    assert opened.is_greedy
    assert not closed.is_greedy
    assert opened.log_prob > math.log(0.5) > closed.log_prob


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(shipped, table):
    assert shipped.answer([table], 'is the gripper open?', until=[' open', '.']) == 'it is'


def test_images_beyond_the_number_of_cameras_are_ignored(shipped, table):
    one = shipped.likelihoods([table], 'is the gripper open?', ['it is open.'])
    two = shipped.likelihoods([table, picture()], 'is the gripper open?', ['it is open.'])
    assert one == two


def test_fewer_images_than_cameras_are_read_as_in_training(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_s', num_cameras=2), seed=0)
    answerer = Answerer.load(tmp_path, device='cpu')
    [likelihood] = answerer.likelihoods([picture()], 'is it open?', ['yes'])
    log_prob, _ = token_by_token(answerer, picture(), 'is it open?', 'yes')
    assert likelihood.log_prob == pytest.approx(log_prob, abs=1e-3)
    assert isinstance(answerer.answer([picture()], 'is it open?', max_tokens=3), str)


def test_invalid_questions_are_rejected(shipped, table):
    with pytest.raises(ValueError, match='needs an image'):
        shipped.answer([], 'what is it?')
    with pytest.raises(ValueError, match='an answer is blank'):
        shipped.likelihoods([table], 'what is it?', ['yes', ' '])
    with pytest.raises(ValueError, match=r'take \d+ tokens, but .* has room for'):
        shipped.answer([table], 'what is it? ' * 1000)


def test_overflowing_scores_are_an_error(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_s'), seed=0)
    answerer = Answerer.load(tmp_path, device='cpu')
    answerer.model.embedding.weight.data.fill_(float('nan'))
    with pytest.raises(FloatingPointError, match='another dtype'):
        answerer.answer([picture()], 'what is it?')
