# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Greedy decoding under the grammar."""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
import torch

from genvla_policy.action_text.formats import ACTION_FORMATS, action_format
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.decoding.greedy import Choice, Decoded, GreedyDecoder
from genvla_policy.models.build import build_model
from genvla_policy.models.dimensions import Dimensions, TextDimensions, VisionDimensions
from genvla_policy.models.tiny import tiny_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

SIGNED = (True, True, False)


class ConstantModel:
    """A model that scores every token the same wherever it is, and counts its passes."""

    def __init__(self, scores):
        self.scores = scores
        self.passes = []

    def advance(self, token_ids, cache):
        self.passes.append(list(token_ids))
        return torch.ones(1)

    def output_rows(self, token_ids):
        return torch.tensor([[self.scores.get(token_id, 0.0)] for token_id in token_ids])


def grammar_of(name='fixed4', tokenizer=None, horizon=1, signed=SIGNED):
    text_format = action_format(name, horizon=horizon, signed=signed)
    return TokenGrammar(text_format, tokenizer or build_tiny_tokenizer(), context='?\n')


def test_forced_characters_never_take_a_pass_of_their_own():
    grammar = grammar_of(signed=(True, True))
    (one, *_) = grammar.encode('1.0000 1.0000')
    space = grammar.encode('1.0000 1.0000')[6]
    model = ConstantModel({one: 5.0, space: 5.0})
    decoded = GreedyDecoder(model, grammar).decode(torch.ones(1), None)
    assert decoded.text == '1.0000 1.0000'
    assert [len(tokens) for tokens in model.passes] == [6, 1]
    assert decoded.num_passes == 2


def test_confidence_is_the_probability_among_the_allowed_tokens():
    grammar = grammar_of(signed=(False,))
    one = grammar.encode('1.0000')[0]
    model = ConstantModel({one: float(torch.log(torch.tensor(3.0)))})
    decoded = GreedyDecoder(model, grammar).decode(torch.ones(1), None)
    assert decoded.text == '1.0000'
    assert decoded.choices == (Choice(0, pytest.approx(0.75)),)
    assert decoded.confidence(horizon=1, action_dim=1) == [pytest.approx(0.75)]


def test_confidence_is_a_geometric_mean_per_action():
    choices = (Choice(0, 0.25), Choice(1, 1.0), Choice(3, 0.5))
    decoded = Decoded((), '', choices, 0)
    assert decoded.confidence(horizon=2, action_dim=2) == [pytest.approx(0.5), pytest.approx(0.5)]


def test_an_action_without_choices_is_certain_and_an_impossible_one_is_not():
    decoded = Decoded((), '', (Choice(1, 0.0),), 0)
    first, second = decoded.confidence(horizon=2, action_dim=1)
    assert first == 1.0
    assert 0.0 <= second < 1e-300


@pytest.mark.parametrize('name', ACTION_FORMATS)
def test_scores_that_are_all_alike_still_print_a_chunk(name):
    grammar = grammar_of(name)
    decoded = GreedyDecoder(ConstantModel({}), grammar).decode(torch.ones(1), None)
    assert grammar.text_format.decode(decoded.text).shape == (1, 3)


@pytest.mark.parametrize('score', [float('nan'), float('inf')])
def test_scores_that_are_not_finite_are_refused(score):
    grammar = grammar_of()
    model = ConstantModel({grammar.encode('1.0000 1.0000 1.0000')[0]: score})
    with pytest.raises(FloatingPointError, match='another dtype'):
        GreedyDecoder(model, grammar).decode(torch.ones(1), None)


MICRO_VISION = VisionDimensions(width=16, depth=1, num_heads=2, mlp_width=32, patch_size=16)
MICRO_TEXT = TextDimensions(
    width=32,
    depth=2,
    num_heads=2,
    num_kv_heads=1,
    head_dim=16,
    mlp_width=64,
    vocabulary_size=1024,
    context_length=512,
)


def micro_model(tokenizer, seed):
    config = tiny_config('pi0_s', dimensions=Dimensions(32, MICRO_VISION, MICRO_TEXT))
    torch.manual_seed(seed)
    return build_model(config, tokenizer).eval()


def plain_greedy(paligemma, tokenizer, grammar, pixels, prompt_ids):
    """One whole forward pass of transformers' own class per token; nothing is cached."""
    prefix = [tokenizer.special_id('image')] * 4 + [tokenizer.special_id('bos'), *prompt_ids]
    node, path = grammar.start, []
    while not node.is_end:
        ids = torch.tensor([prefix + path])
        types = (torch.arange(ids.shape[1]) >= len(prefix)).long()[None]
        logits = paligemma(
            input_ids=ids,
            pixel_values=pixels,
            attention_mask=torch.ones_like(ids),
            token_type_ids=types,
        ).logits[0, -1]
        path.append(max(node.token_ids, key=lambda token_id: float(logits[token_id])))
        node = node.after(path[-1])
    return grammar.decode(path)


@settings(max_examples=6)
@given(
    seed=st.integers(0, 1000),
    name=st.sampled_from(ACTION_FORMATS),
    horizon=st.integers(1, 2),
    instruction=st.text('abc ?', min_size=1, max_size=20),
)
@torch.inference_mode()
def test_the_text_is_that_of_plain_greedy_decoding(
    tokenizer, with_language_head, seed, name, horizon, instruction
):
    grammar = grammar_of(name, tokenizer, horizon)
    model = micro_model(tokenizer, seed)
    pixels = torch.rand(1, 3, 32, 32) * 2 - 1
    prompt_ids = tokenizer.encode(instruction + '?\n')
    read = model.prefill(pixels, prompt_ids)
    decoded = GreedyDecoder(model, grammar).decode(read.hidden_D, read.cache)
    paligemma = with_language_head(model, tokenizer)
    expected = plain_greedy(paligemma, tokenizer, grammar, pixels, prompt_ids)
    assert decoded.text == expected
