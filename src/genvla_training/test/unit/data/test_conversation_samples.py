# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Samples from conversations: prompts and targets."""

import numpy as np
import pytest

from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.data.conversation import Conversation, Turn
from genvla_training.data.conversation_samples import ConversationSamples
from genvla_training.data.episode import BadData

TOKENIZER = build_tiny_tokenizer()
PICTURE = np.full((48, 64, 3), 200, np.uint8)


class Conversations:
    """A data set of one conversation."""

    name = 'there'
    block_starts_K = np.array([0])

    def __init__(self, conversation):
        self.conversation = conversation

    def fetch(self, index):
        return lambda: self.conversation


def text_of(sample, *, targets):
    ids = [i for i, t in zip(sample.token_ids, sample.is_target, strict=True) if t == targets]
    return TOKENIZER.decode(ids)


def conversation(*turns, images=(PICTURE,)):
    return Conversation('there, entry 5', images, [Turn(*turn) for turn in turns])


def conversation_sample(conversation, max_tokens=200, changes=None):
    config = system_config('pi0_plus', 'tiny', **(changes or {}))
    source = ConversationSamples(
        Conversations(conversation),
        np.array([0]),
        config=config,
        tokenizer=TOKENIZER,
        max_tokens=max_tokens,
    )
    return source.sample(source.read(0), 0, np.random.default_rng(0))


def test_answers_are_targets_and_questions_are_not():
    sample = conversation_sample(
        conversation(('What is this?', 'A Carrot.'), ('where?', 'on the plate.'))
    )
    assert text_of(sample, targets=True) == ' A Carrot.<eos> on the plate.<eos>'
    assert text_of(sample, targets=False) == (
        '<bos>In: <VLM_PROMPT> What is this?\nOut:In: <VLM_PROMPT> where?\nOut:'
    )


def test_questions_follow_the_template_of_the_configuration():
    talk = conversation(('what is this?', 'a carrot.'))
    old = {'question_template': '{question}\n', 'answer_prefix': ''}
    sample = conversation_sample(talk, changes=old)
    assert text_of(sample, targets=False) == '<bos>what is this?\n'
    assert text_of(sample, targets=True) == 'a carrot.<eos>'


def test_lower_case_is_for_parity_with_the_paper():
    changes = {'lower_case_questions': True}
    sample = conversation_sample(conversation(('What?', 'A Carrot.')), changes=changes)
    assert text_of(sample, targets=True) == ' a carrot.<eos>'


def test_turns_that_do_not_fit_are_dropped():
    talk = conversation(('what?', 'a carrot.'), ('where?', 'far away ' * 50))
    assert text_of(conversation_sample(talk, max_tokens=40), targets=True) == ' a carrot.<eos>'


def test_a_first_turn_that_does_not_fit_is_bad_data():
    with pytest.raises(BadData, match='there, entry 5: its first question'):
        conversation_sample(conversation(('what?', 'far away ' * 50)), max_tokens=40)


def test_a_conversation_without_a_picture_is_text():
    sample = conversation_sample(conversation(('one and one?', 'two.'), images=()))
    assert sample.pixels_NCSS.shape == (0, 3, 128, 128)
