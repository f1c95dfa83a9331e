# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Captured passes give the same answers as plain passes."""

import pytest
import torch

from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.inference.action_heads import build_action_head
from genvla_policy.models.build import build_model
from genvla_policy.models.pass_graphs import PassGraphs
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.token_tree import TokenTree

TOKENIZER = build_tiny_tokenizer()
SIGNED = (True,) * 6 + (False,)
FEW_PASSES = DecodingOptions(drafts=False, max_batch=3, pass_costs=PassCosts((1, 128), (1.0, 1.0)))
DEVICES = [
    'cpu',
    pytest.param(
        'cuda',
        marks=[
            pytest.mark.gpu,
            pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device'),
        ],
    ),
]


def model_of(system, device):
    torch.manual_seed(0)
    model = build_model(system_config(system, 'tiny', horizon=2), TOKENIZER).eval()
    model.cast(device, torch.float32).requires_grad_(False)
    model.fuse()
    return model


def captured(model):
    """Switch the graphs on; on a CPU, captured passes run again in fixed memory."""
    capture = None if model.device.type == 'cuda' else lambda run: run
    model.graphs = PassGraphs(model._read, capture=capture)
    return model.graphs


def answers(head, model, num_rows):
    size = model.config.image_size
    noise = torch.Generator().manual_seed(num_rows)
    pixels = torch.rand(num_rows, 1, 3, size, size, generator=noise) * 2.0 - 1.0
    prompts = [TOKENIZER.encode('go' + ' there' * row) for row in range(num_rows)]
    return [answer.text for answer in head.answer(pixels.to(model.device), prompts)]


@pytest.mark.parametrize('device', DEVICES)
@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus', 'openvla'])
def test_captured_passes_print_the_same_as_plain_ones(system, device):
    model = model_of(system, device)
    head = build_action_head(model, TOKENIZER, SIGNED, FEW_PASSES, seed=0)
    plain = {num_rows: answers(head, model, num_rows) for num_rows in (1, 2, 3)}
    graphs = captured(model)
    for _ in range(3):
        for num_rows, texts in plain.items():
            assert answers(head, model, num_rows) == texts
    assert graphs.num_captured >= 3


@pytest.mark.parametrize('device', DEVICES)
def test_hidden_states_match_plain_passes(device):
    model = model_of('pi0_s', device)
    tree = TokenTree((5, 6, 7), (-1, 0, 0))

    def passes():
        cache = model.new_cache(num_rows=1, num_slots=64)
        model.advance([TokenTree.chain([1, 2, 3])], cache)
        cache.keep([range(3)])
        hidden = []
        for kept in ([0, 1], [0, 2], [0]):
            hidden.append(model.advance([tree], cache).clone())
            cache.keep([kept])
        return torch.stack(hidden)

    with torch.inference_mode():
        plain = passes()
        graphs = captured(model)
        torch.testing.assert_close(passes(), plain, rtol=1e-4, atol=1e-4)
    assert graphs.num_captured == 1


def test_a_shape_is_captured_at_its_second_use():
    model = model_of('pi0_s', 'cpu')
    graphs = captured(model)
    cache = model.new_cache(num_rows=1, num_slots=32)
    with torch.inference_mode():
        for expected in (0, 1, 1):
            model.advance([TokenTree.chain([1, 2])], cache)
            assert graphs.num_captured == expected


def test_earlier_nan_values_do_not_pass_the_mask():
    model = model_of('pi0_s', 'cpu')
    captured(model)
    head = build_action_head(model, TOKENIZER, SIGNED, FEW_PASSES, seed=0)
    [plain] = answers(head, model, 1)
    answers(head, model, 1)
    head._cache.stores[0].fill_(float('nan'))
    assert answers(head, model, 1) == [plain]


def test_a_pass_that_does_not_fit_is_rejected_every_time():
    model = model_of('pi0_s', 'cpu')
    captured(model)
    cache = model.new_cache(num_rows=1, num_slots=3)
    with torch.inference_mode():
        for _ in range(3):
            with pytest.raises(ValueError, match='4 tokens, but memory for 3'):
                model.advance([TokenTree.chain([1, 2, 3, 4])], cache)


def test_graphs_are_off_without_cuda():
    model = model_of('pi0_s', 'cpu')
    model.capture_passes(True)
    assert model.graphs is None
