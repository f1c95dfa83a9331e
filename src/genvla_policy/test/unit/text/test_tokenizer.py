# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tokenizer of a checkpoint."""

import pytest
from tokenizers import Tokenizer, models

from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.text.tokenizer import PROMPT_TAGS, TextTokenizer


def test_a_saved_tokenizer_loads_unchanged(tmp_path):
    tokenizer = build_tiny_tokenizer()
    tokenizer.save(tmp_path)
    loaded = TextTokenizer.from_folder(tmp_path)
    text = 'pick up the Carrot?\n-0.1234 \u00e9'
    assert loaded.encode(text) == tokenizer.encode(text)
    assert loaded.special_tokens == tokenizer.special_tokens


def test_special_tokens_written_as_objects_are_read(tmp_path):
    build_tiny_tokenizer().save(tmp_path)
    (tmp_path / 'tokenizer_config.json').write_text('{"eos_token": {"content": "<eos>"}}')
    assert TextTokenizer.from_folder(tmp_path).special_tokens == {'eos': '<eos>'}


def test_a_special_token_outside_the_vocabulary_is_rejected():
    with pytest.raises(ValueError, match="eos token '</s>' is not in the tokenizer vocabulary"):
        TextTokenizer(Tokenizer(models.BPE()), {'eos': '</s>'})


def test_adding_a_role_does_not_change_the_tokenizer_itself():
    tokenizer = build_tiny_tokenizer()
    named = tokenizer.with_roles(sep='<eos>')
    assert named.special_id('sep') == tokenizer.special_id('eos')
    assert 'sep' not in tokenizer.special_tokens
    with pytest.raises(ValueError, match="sep token '</s>' is not in the tokenizer vocabulary"):
        tokenizer.with_roles(sep='</s>')


def test_the_tokenizer_recognises_a_special_token_in_an_instruction():
    tokenizer = build_tiny_tokenizer()
    assert tokenizer.encode('<eos>') == [tokenizer.special_id('eos')]


def test_prompt_tags_get_the_next_ids_in_the_order_of_the_authors():
    tokenizer = build_tiny_tokenizer(prompt_tags=False)
    size = tokenizer.vocabulary_size
    tagged = tokenizer.with_prompt_tags()
    assert [tagged.vocabulary[tag] for tag in PROMPT_TAGS] == [size, size + 1, size + 2]
    assert tokenizer.vocabulary_size == size
    assert tagged.with_prompt_tags().vocabulary == tagged.vocabulary


def test_a_prompt_tag_is_one_token_and_does_not_change_the_words_around_it(tokenizer):
    tagged = tokenizer.with_prompt_tags()
    ids = tagged.encode('In: <VLA_PROMPT> What action')
    place = ids.index(tagged.vocabulary['<VLA_PROMPT>'])
    after = ids[place + 1 :]
    assert after == tokenizer.encode('In: What action')[-len(after) :]
    assert '<VLA_PROMPT> What action' in tagged.decode(ids)


def test_prompt_tags_are_control_tokens(tmp_path):
    build_tiny_tokenizer().save(tmp_path)
    assert set(PROMPT_TAGS) < set(TextTokenizer.from_folder(tmp_path).special_texts)
