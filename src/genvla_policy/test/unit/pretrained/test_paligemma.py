# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of PaliGemma in the Hub's layout to our weights."""

import json

import pytest
from safetensors.torch import load_file
import torch

from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import NotAModel
from genvla_policy.text.tokenizer import PROMPT_TAGS

TOKENIZER = build_tiny_tokenizer(prompt_tags=False)
BOS = TOKENIZER.special_id('bos')
PROMPT = TOKENIZER.encode('what is this?\n')


@pytest.mark.parametrize('prefixes', ['old', 'new'])
@pytest.mark.parametrize('system', ['pi0_s', 'pi0_plus', 'pi0_inst_aug', 'pi0_d'])
def test_paligemma_matches_the_logits_of_transformers(
    our_logits, tmp_path, system, prefixes, write_paligemma, converted, paligemma_logits, pixels
):
    reference = write_paligemma(tmp_path / 'source', prefixes=prefixes)
    policy = converted(tmp_path / 'source', tmp_path / 'out', system)
    expected = paligemma_logits(reference, pixels)
    torch.testing.assert_close(
        our_logits(policy.model, pixels, PROMPT, [])[0], expected, atol=1e-5, rtol=0.0
    )


def test_the_logits_of_the_answer_match_paligemma_too(
    our_logits, paligemma, tmp_path, converted, pixels
):
    source, reference = paligemma
    answer = TOKENIZER.encode('a red carrot')
    policy = converted(source, tmp_path / 'out', 'pi0_plus')
    ids = [TOKENIZER.special_id('image')] * 16 + [BOS, *PROMPT, *answer]
    types = [0] * (17 + len(PROMPT)) + [1] * len(answer)
    with torch.inference_mode():
        expected = reference(
            input_ids=torch.tensor([ids]),
            pixel_values=pixels,
            token_type_ids=torch.tensor([types]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        ).logits[0, -1]
    ours = our_logits(policy.model, pixels, PROMPT, [answer])[-1]
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0.0)


def test_token_embeddings_are_stored_unscaled_and_scaled_by_the_model(
    paligemma, tmp_path, converted
):
    source, reference = paligemma
    model = converted(source, tmp_path / 'out').model
    stored = reference.model.language_model.embed_tokens.weight
    assert torch.equal(model.head_VD, stored)
    embedded = model.embedding(torch.tensor([PROMPT[0]]))[0]
    torch.testing.assert_close(embedded, stored[PROMPT[0]] * 8.0)


def test_the_frozen_tower_and_the_trained_one_start_equal(paligemma, tmp_path, converted):
    towers = converted(
        paligemma[0], tmp_path / 'out', 'pi0_plus'
    ).model.paligemma.vision_tower.towers
    frozen, trained = (towers[name].state_dict() for name in ('frozen', 'trained'))
    assert all(torch.equal(frozen[name], weight) for name, weight in trained.items())


def test_a_tied_language_head_is_not_stored(paligemma, tmp_path, edit_weights):
    source, reference = paligemma
    head = reference.lm_head.weight.detach().clone()
    edit_weights(source, lambda weights: weights.update({'lm_head.weight': head}))
    convert(open_pretrained(source), tmp_path / 'out')
    assert not any('lm_head' in name for name in load_file(tmp_path / 'out' / 'model.safetensors'))


def test_a_separate_language_head_is_rejected(paligemma, edit_weights):
    head = {'language_model.lm_head.weight': torch.zeros(1024 + 64, 64)}
    edit_weights(paligemma[0], lambda weights: weights.update(head))
    with pytest.raises(NotAModel, match=r'lm_head.weight differs from .*embed_tokens.weight'):
        open_pretrained(paligemma[0])


def test_one_weight_under_two_names_is_rejected(paligemma, edit_weights):
    twin = {'model.language_model.norm.weight': torch.zeros(64)}
    edit_weights(paligemma[0], lambda weights: weights.update(twin))
    with pytest.raises(NotAModel, match=r'norm.weight and .*norm.weight are the same weight'):
        open_pretrained(paligemma[0])


def test_paligemma_2_is_rejected(paligemma):
    config = json.loads((paligemma[0] / 'config.json').read_text())
    config['text_config']['model_type'] = 'gemma2'
    (paligemma[0] / 'config.json').write_text(json.dumps(config))
    with pytest.raises(NotAModel, match="language model is 'gemma2'; supported: 'gemma'"):
        open_pretrained(paligemma[0])


def test_the_prompt_tags_get_the_rows_after_the_vocabulary(paligemma, tmp_path):
    config = convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    tokenizer = Checkpoint.open(tmp_path / 'out').tokenizer
    assert [tokenizer.vocabulary[tag] for tag in PROMPT_TAGS] == [1024, 1025, 1026]
    assert tokenizer.vocabulary['<VLM_PROMPT>'] in tokenizer.encode(config.question('where?'))
