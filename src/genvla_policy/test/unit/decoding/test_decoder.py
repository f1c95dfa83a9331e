# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoder prints the same as plain greedy decoding, however it saves passes."""

import functools
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest
import torch

from genvla_policy.action_text.beginning import beginning
from genvla_policy.action_text.formats import ACTION_FORMATS, BINS_FORMAT, action_format
from genvla_policy.decoding.decoded import Choice
from genvla_policy.decoding.decoder import Decoder
from genvla_policy.decoding.draft import NO_DRAFT, draft_of
from genvla_policy.decoding.plan import PassCosts, make_plan

SIGNED = (True, True, False)
# Every pass costs the same: the plan takes the fewest passes.
FLAT = PassCosts((1, 128), (1.0, 1.0))
# A pass costs as much as its tokens: reading ahead never pays off.
STEEP = PassCosts((1, 128), (1.0, 128.0))


@functools.cache
def plan_of(grammar, costs, most_tokens):
    return make_plan(grammar.start, costs, most_tokens=most_tokens)


def decoder_of(model, grammar, costs=STEEP, most_tokens=128):
    return Decoder(model, grammar, plan_of(grammar, costs, most_tokens))


class PathModel:
    """A model whose scores depend only on the whole text before; it is its own cache."""

    def __init__(self, grammar, seed, num_rows=1):
        self._vocabulary = sorted(grammar.token_ids)
        self._seed = seed
        self.texts = [()] * num_rows
        self.passes = []

    def scores(self, row, path):
        key = zlib.crc32(repr((self._seed, row, path)).encode())
        return torch.from_numpy(np.random.default_rng(key).normal(size=len(self._vocabulary)))

    def start(self):
        return torch.stack([self.scores(row, ()) for row in range(len(self.texts))])

    def output_rows(self, token_ids):
        assert sorted(token_ids) == self._vocabulary
        return torch.eye(len(token_ids), dtype=torch.float64)

    def advance(self, trees, cache):
        self.passes.append([list(tree.token_ids) for tree in trees])
        self._paths = [self._paths_of(row, tree) for row, tree in enumerate(trees)]
        most = max(map(len, trees))
        hidden = torch.zeros(len(trees), most, len(self._vocabulary), dtype=torch.float64)
        for row, paths in enumerate(self._paths):
            for place, path in enumerate(paths):
                hidden[row, place] = self.scores(row, path)
        return hidden

    def _paths_of(self, row, tree):
        paths = []
        for token_id, parent in zip(tree.token_ids, tree.parents, strict=True):
            before = self.texts[row] if parent < 0 else paths[parent]
            paths.append((*before, token_id))
        return paths

    def keep(self, kept):
        for row, places in enumerate(kept):
            for place in places:
                path = self._paths[row][place]
                assert path[:-1] == self.texts[row]
                self.texts[row] = path


def plain_greedy(grammar, scores_of, begun=None):
    """Decode one token at a time, including forced ones."""
    node, path = (begun.node, begun.token_ids) if begun else (grammar.start, ())
    row_of = {token_id: row for row, token_id in enumerate(grammar.token_ids)}
    while not node.is_end:
        scores = scores_of(path)
        # Like argmax, prefer the lowest id among equal scores.
        allowed = sorted(node.token_ids)
        path += (max(allowed, key=lambda token_id: float(scores[row_of[token_id]])),)
        node = node.after(path[-1])
    return path


FORMATS = st.sampled_from([*ACTION_FORMATS, BINS_FORMAT])
COSTS = st.sampled_from([FLAT, STEEP, PassCosts((1, 16, 17, 128), (1.0, 1.0, 5.0, 5.0))])


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    name=FORMATS,
    horizon=st.integers(1, 3),
    costs=COSTS,
    num_rows=st.integers(1, 3),
    draft=st.sampled_from(['none', 'other', 'true']),
)
def test_no_plan_and_no_draft_changes_a_token(
    grammar_of, seed, name, horizon, costs, num_rows, draft
):
    grammar = grammar_of(name, horizon=horizon)
    model = PathModel(grammar, seed, num_rows)
    expected = [
        plain_greedy(grammar, lambda path, row=row: model.scores(row, path))
        for row in range(num_rows)
    ]
    other = PathModel(grammar, seed + 1)
    guessed = {
        'none': [()] * num_rows,
        'other': [plain_greedy(grammar, lambda path: other.scores(0, path))] * num_rows,
        'true': expected,
    }[draft]
    drafts = [draft_of(grammar.start, path) for path in guessed]
    decoder = decoder_of(model, grammar, costs)
    for _ in range(2):
        model.texts = [()] * num_rows
        decoded = decoder.decode(model.start(), model, drafts)
        assert [each.token_ids for each in decoded] == expected
        assert [each.text for each in decoded] == [grammar.decode(path) for path in expected]


def test_a_seven_dimensional_action_takes_at_most_sixteen_passes(grammar_of):
    grammar = grammar_of(signed=(True,) * 6 + (False,))
    for seed in range(8):
        model = PathModel(grammar, seed)
        [decoded] = decoder_of(model, grammar, FLAT).decode(model.start(), model)
        assert decoded.num_passes <= 16
        assert max(len(ids) for [ids] in model.passes) <= 128


def test_a_correct_draft_is_read_in_one_pass(grammar_of):
    grammar = grammar_of(signed=(True,) * 6 + (False,))
    model = PathModel(grammar, 3)
    path = plain_greedy(grammar, lambda before: model.scores(0, before))
    decoder = decoder_of(model, grammar, FLAT, most_tokens=1)
    [decoded] = decoder.decode(model.start(), model, [draft_of(grammar.start, path)])
    assert decoded.token_ids == path
    assert decoded.num_passes == 1


def test_drafts_that_are_never_accepted_are_soon_not_read(grammar_of):
    grammar = grammar_of()
    model = PathModel(grammar, 3)
    wrong = plain_greedy(grammar, lambda path: -model.scores(0, path))
    decoder = decoder_of(model, grammar, PassCosts((1, 2), (1.0, 1.1)))

    def num_read(drafts):
        model.texts, model.passes = [()], []
        decoder.decode(model.start(), model, drafts)
        return sum(len(ids) for [ids] in model.passes)

    without = num_read(())
    read = [num_read([draft_of(grammar.start, wrong)]) for _ in range(20)]
    assert read[0] > without
    assert read[-1] == without


class ConstantModel:
    """A model with constant scores per token; it records its passes."""

    def __init__(self, scores):
        self.scores = scores
        self.passes = []

    def advance(self, trees, cache):
        self.passes += [list(tree.token_ids) for tree in trees]
        return torch.ones(len(trees), max(map(len, trees)), 1)

    def output_rows(self, token_ids):
        return torch.tensor([[self.scores.get(token_id, 0.0)] for token_id in token_ids])

    def keep(self, kept):
        pass


def printed_by(model, grammar, costs=STEEP):
    [decoded] = decoder_of(model, grammar, costs).decode(torch.ones(1, 1), model)
    return decoded


def test_forced_characters_never_take_a_separate_pass(grammar_of):
    grammar = grammar_of(signed=(True, True))
    (one, *_) = grammar.encode('1.0000 1.0000')
    space = grammar.encode('1.0000 1.0000')[6]
    model = ConstantModel({one: 5.0, space: 5.0})
    decoded = printed_by(model, grammar)
    assert decoded.text == '1.0000 1.0000'
    assert [len(tokens) for tokens in model.passes] == [6, 1]
    assert decoded.num_passes == 2


def test_confidence_is_the_probability_among_the_allowed_tokens(grammar_of):
    grammar = grammar_of(signed=(False,))
    one = grammar.encode('1.0000')[0]
    decoded = printed_by(ConstantModel({one: float(torch.log(torch.tensor(3.0)))}), grammar)
    assert decoded.text == '1.0000'
    assert decoded.choices == (Choice(0, pytest.approx(0.75)),)
    assert decoded.confidence(horizon=1, action_dim=1) == [pytest.approx(0.75)]


@pytest.mark.parametrize('name', [*ACTION_FORMATS, BINS_FORMAT])
def test_the_lowest_id_is_chosen_among_equal_scores(grammar_of, name):
    grammar = grammar_of(name)
    decoded = printed_by(ConstantModel({}), grammar, FLAT)
    assert grammar.text_format.decode(decoded.text).shape == (1, 3)
    assert decoded.token_ids == plain_greedy(grammar, lambda path: [0.0] * len(grammar.token_ids))


@pytest.mark.parametrize('score', [float('nan'), float('inf')])
def test_scores_that_are_not_finite_are_rejected(grammar_of, score):
    grammar = grammar_of()
    model = ConstantModel({grammar.encode('1.0000 1.0000 1.0000')[0]: score})
    with pytest.raises(FloatingPointError, match='another dtype'):
        printed_by(model, grammar)


@pytest.mark.parametrize('name', ['fixed4', BINS_FORMAT])
def test_every_choice_counts_for_the_value_it_writes(grammar_of, name):
    grammar = grammar_of(name, horizon=2)
    model = PathModel(grammar, 0)
    [decoded] = decoder_of(model, grammar).decode(model.start(), model)
    chosen_values = {choice.value_index for choice in decoded.choices}
    assert chosen_values == set(range(len(decoded.text.split(' '))))


def test_a_chunk_that_completes_in_one_pass_is_not_streamed(grammar_of):
    grammar = grammar_of(horizon=2)
    model, told = PathModel(grammar, 1), []
    path = plain_greedy(grammar, lambda before: model.scores(0, before))
    decoder = decoder_of(model, grammar, FLAT)
    drafts = [draft_of(grammar.start, path)]
    [decoded] = decoder.decode(model.start(), model, drafts, watch=told.append)
    assert decoded.num_passes == 1
    assert told == []


@pytest.mark.parametrize('name', [*ACTION_FORMATS, BINS_FORMAT])
def test_the_first_action_is_streamed_before_the_chunk_is_complete(grammar_of, name):
    grammar = grammar_of(name, horizon=4)
    model, told = PathModel(grammar, 1), []
    [decoded] = decoder_of(model, grammar).decode(
        model.start(), model, watch=lambda first: told.append((first, len(model.passes)))
    )
    [(first, num_passes)] = told
    alone = action_format(name, horizon=1, signed=SIGNED)
    np.testing.assert_array_equal(
        alone.decode(first.text)[0], grammar.text_format.decode(decoded.text)[0]
    )
    assert num_passes < 0.4 * decoded.num_passes
    assert first.confidence(1, 3) == decoded.confidence(4, 3)[:1]


def plain_greedy_of(paligemma, tokenizer, grammar, pixels, prompt_ids):
    """Decode with one whole forward pass of transformers' own class per token, uncached."""
    prefix = [tokenizer.special_id('image')] * 4 + [tokenizer.special_id('bos'), *prompt_ids]

    def scores_of(path):
        ids = torch.tensor([prefix + list(path)])
        types = (torch.arange(ids.shape[1]) >= len(prefix)).long()[None]
        logits = paligemma(
            input_ids=ids,
            pixel_values=pixels,
            attention_mask=torch.ones_like(ids),
            token_type_ids=types,
        ).logits[0, -1]
        return logits[list(grammar.token_ids)]

    return plain_greedy(grammar, scores_of)


@settings(max_examples=6)
@given(
    seed=st.integers(0, 1000),
    name=st.sampled_from(ACTION_FORMATS),
    horizon=st.integers(1, 2),
    instructions=st.lists(st.text('abc ?', min_size=1, max_size=20), min_size=1, max_size=3),
    costs=COSTS,
    is_fused=st.booleans(),
    draft_seed=st.sampled_from([None, 0, 1]),
)
@torch.inference_mode()
def test_the_text_of_a_model_is_that_of_plain_greedy_decoding(
    grammar_of,
    micro_model,
    tokenizer,
    with_language_head,
    seed,
    name,
    horizon,
    instructions,
    costs,
    is_fused,
    draft_seed,
):
    grammar = grammar_of(name, tokenizer, horizon)
    model = micro_model(tokenizer, seed)
    if is_fused:
        model.fuse()
    pixels = torch.rand(len(instructions), 1, 3, 32, 32) * 2 - 1
    prompts = [tokenizer.encode(instruction + '?\n') for instruction in instructions]
    cache = model.new_cache(num_rows=3, num_slots=400)
    hidden = model.prefill(pixels, prompts, cache)
    drafts = []
    if draft_seed is not None:
        other = PathModel(grammar, draft_seed)
        path = plain_greedy(grammar, lambda before: other.scores(0, before))
        drafts = [draft_of(grammar.start, path)] * len(prompts)
    decoded = decoder_of(model, grammar, costs).decode(hidden, cache, drafts)
    paligemma = with_language_head(model, tokenizer)
    for row, (each, prompt_ids) in enumerate(zip(decoded, prompts, strict=True)):
        expected = plain_greedy_of(paligemma, tokenizer, grammar, pixels[row], prompt_ids)
        assert each.token_ids == expected


def test_without_a_draft_nothing_is_guessed(grammar_of):
    grammar = grammar_of()
    model = PathModel(grammar, 0)
    decoder_of(model, grammar).decode(model.start(), model, [NO_DRAFT])
    alone = PathModel(grammar, 0)
    decoder_of(alone, grammar).decode(alone.start(), alone)
    assert model.passes == alone.passes


def begin_with(model, grammar, num_given, seed):
    """Let each row of a model begin with random actions; return beginnings and hidden states."""
    rng = np.random.default_rng(seed)
    chunks = [rng.uniform((-1, -1, 0), (1, 1, 1), (number, 3)) for number in num_given]
    begun = [beginning(grammar, values) for values in chunks]
    model.texts = [each.token_ids for each in begun]
    hidden = torch.stack([model.scores(row, each.token_ids) for row, each in enumerate(begun)])
    return begun, hidden


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    name=FORMATS,
    costs=COSTS,
    num_given=st.lists(st.integers(0, 2), min_size=1, max_size=3),
    has_draft=st.booleans(),
)
def test_given_actions_are_continued_as_plain_greedy_decoding_continues_them(
    grammar_of, seed, name, costs, num_given, has_draft
):
    grammar = grammar_of(name, horizon=3)
    model = PathModel(grammar, seed, len(num_given))
    begun, hidden = begin_with(model, grammar, num_given, seed)
    expected = [
        plain_greedy(grammar, lambda path, row=row: model.scores(row, path), each)
        for row, each in enumerate(begun)
    ]
    drafts = [draft_of(grammar.start, path) for path in expected] if has_draft else ()
    early = []
    decoder = decoder_of(model, grammar, costs)
    decoded = decoder.decode(hidden, model, drafts, begun=begun, watch=early.append)
    assert [each.token_ids for each in decoded] == expected
    # The first row is streamed up to its first action that was not given.
    num_streamed = num_given[0] + 1
    streamed = action_format(name, horizon=num_streamed, signed=SIGNED)
    whole = grammar.text_format.decode(decoded[0].text)
    for first in early:
        np.testing.assert_array_equal(streamed.decode(first.text), whole[:num_streamed])
    # Confidence counts only the model's own choices.
    for each, number in zip(decoded, num_given, strict=True):
        assert all(choice.value_index >= 3 * number for choice in each.choices)
        assert each.confidence(3, 3)[:number] == [1.0] * number


@pytest.mark.parametrize('num_given', [0, 1, 2])
def test_given_actions_take_no_passes(grammar_of, num_given):
    grammar = grammar_of(horizon=3)
    model = PathModel(grammar, 0)
    begun, hidden = begin_with(model, grammar, [num_given], seed=0)
    # STEEP reads one choice at a time.
    [decoded] = decoder_of(model, grammar, STEEP).decode(hidden, model, begun=begun)
    assert {choice.value_index for choice in decoded.choices} == set(range(3 * num_given, 9))
    # The first choice may come from the pass that read the prompt and the given actions.
    assert decoded.num_passes in (len(decoded.choices) - 1, len(decoded.choices))
