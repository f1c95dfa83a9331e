# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The cache holds each row's text without gaps, whichever tokens of a pass are kept."""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
import torch
from transformers import GemmaConfig

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.build import build_model
from genvla_policy.models.slot_cache import CacheFull, OutOfMemory, SlotCache
from genvla_policy.models.token_tree import TokenTree

NUM_ROWS, NUM_SLOTS, PASS = 3, 24, 4
CONFIG = GemmaConfig(num_hidden_layers=2, num_key_value_heads=2, head_dim=3)


def new_cache(num_slots=NUM_SLOTS):
    return SlotCache(
        CONFIG,
        num_rows=NUM_ROWS,
        num_slots=num_slots,
        devices=[torch.device('cpu')] * CONFIG.num_hidden_layers,
        dtype=torch.float32,
    )


KEPT = st.sets(st.integers(0, PASS - 1)).map(sorted)


@settings(max_examples=50)
@given(passes=st.lists(st.tuples(*[KEPT] * NUM_ROWS), min_size=1, max_size=5))
def test_a_row_contains_only_its_kept_tokens(passes):
    cache = new_cache()
    texts = [[[] for _ in range(NUM_ROWS)] for _ in range(2)]
    for kept in passes:
        for index, layer in enumerate(cache.layers):
            keys = torch.randn(NUM_ROWS, 2, PASS, 3)
            held, values = layer.update(keys, -keys)
            assert torch.equal(held, -values)
            for row, text in enumerate(texts[index]):
                assert all(torch.equal(held[row, :, i], key) for i, key in enumerate(text))
                end = len(text)
                assert torch.equal(held[row, :, end : end + PASS], keys[row])
                text += [keys[row, :, place] for place in kept[row]]
        cache.keep(kept)
        assert cache.lengths == [len(text) for text in texts[0]]


def test_autocast_keys_and_values_are_stored_in_the_dtype_of_the_cache():
    cache = new_cache()
    for kept in ([[0, 1], [0], []], [[0], [], [0]]):  # then the rows have different lengths
        new = torch.ones(NUM_ROWS, 2, PASS, 3)
        held, values = cache.layers[0].update(new, new.to(torch.bfloat16))
        assert held.dtype == values.dtype == torch.float32
        cache.keep(kept)


def test_tokens_attend_to_the_text_of_their_row_and_their_ancestors():
    cache = new_cache()
    cache.layers[0].update(*[torch.zeros(NUM_ROWS, 2, PASS, 3)] * 2)
    cache.keep([[0, 1, 2], [0], []])
    chain = torch.ones(2, 2, dtype=torch.bool).tril().expand(NUM_ROWS, 2, 2)
    assert cache.seen(chain).int().tolist() == [
        [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]],
        [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0]],
        [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0]],
    ]


def test_more_tokens_than_slots_are_rejected_with_the_setting_to_change():
    too_many = torch.zeros(NUM_ROWS, 2, NUM_SLOTS + 1, 3)
    with pytest.raises(CacheFull, match=r'25 tokens, but memory for 24; .* max_prompt_tokens'):
        new_cache().layers[0].update(too_many, too_many)


def test_too_many_rows_are_rejected_with_the_setting_to_change():
    with pytest.raises(CacheFull, match=r'4 observations at once, .* for 3; raise max_batch'):
        new_cache().clear(4)


def test_missing_memory_is_an_error_with_the_settings_to_change():
    with pytest.raises(OutOfMemory, match=r'3 x 1\d{12} tokens .* GB\); lower max_prompt_tokens'):
        new_cache(num_slots=10**12)


def test_nan_values_of_an_earlier_answer_do_not_reach_the_next(tokenizer):
    torch.manual_seed(0)
    model = build_model(tiny_config('pi0_s'), tokenizer.with_prompt_tags()).eval()
    pixels, prompts = torch.zeros(2, 1, 3, 128, 128), [[300], [300, 301, 302]]
    with torch.inference_mode():
        cache = model.new_cache(num_rows=2, num_slots=100)
        cache.stores[0].fill_(float('nan'))
        model.prefill(pixels, prompts, cache)
        hidden_BND = model.advance([TokenTree.chain([300, 301])] * 2, cache)
    assert hidden_BND.isfinite().all()
