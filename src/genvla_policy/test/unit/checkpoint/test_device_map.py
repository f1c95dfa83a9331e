# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The layers of a model on several devices."""

from itertools import groupby
import json
import subprocess
import sys

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from genvla_policy.checkpoint.device_map import (
    RESERVED_BYTES,
    connect,
    device_of_weights,
    plan_layers,
)
from genvla_policy.checkpoint.loading import load_model
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.inference.policy import Policy
from genvla_policy.models import fused_trunk
from genvla_policy.models.build import build_empty_model, move_buffers
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.token_tree import TokenTree
from genvla_policy.models.vla import Sequences

FIRST, SECOND = CARDS = (torch.device('cuda', 0), torch.device('cuda', 1))
SYSTEMS = ['openvla_plus', 'pi0_plus']
PAPER_CARD_BYTES = 11 * 1024**3
"""Memory of each card in the paper's inference table."""


def full_size(system):
    return build_empty_model(system_config(system, 'full'), build_tiny_tokenizer())


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_the_full_openvla_plus_fits_two_cards_of_11_gb(dtype):
    model = full_size('openvla_plus')
    room = PAPER_CARD_BYTES - RESERVED_BYTES
    of_layers = plan_layers(model, dict.fromkeys(CARDS, room), dtype)
    assert [device for device, _ in groupby(of_layers)] == list(CARDS)
    places = device_of_weights(model, FIRST, of_layers)
    sizes = dict.fromkeys(CARDS, 0)
    for name, weight in model.named_parameters():
        sizes[places[name]] += weight.numel() * dtype.itemsize
    assert sum(sizes.values()) > PAPER_CARD_BYTES
    assert max(sizes.values()) <= room


def test_no_layer_is_split_and_everything_else_is_on_the_first_device():
    model = full_size('openvla_plus')
    of_layers = plan_layers(model, dict.fromkeys(CARDS, 10**10), torch.bfloat16)
    places = device_of_weights(model, FIRST, of_layers)
    for index, layer in enumerate(model.layers):
        names = [f'llama.model.layers.{index}.{name}' for name, _ in layer.named_parameters()]
        assert {places[name] for name in names} == {of_layers[index]}
    others = {places[name] for name in places if not name.startswith('llama.model.layers.')}
    assert others == {FIRST}


def test_a_model_that_does_not_fit_is_rejected_with_the_sizes():
    room = {FIRST: 6 * 10**9, SECOND: 5 * 10**9}
    with pytest.raises(RuntimeError, match=r'needs 15\.\d GB .* cuda:0 has 6.0 GB, cuda:1 has 5'):
        plan_layers(full_size('openvla_plus'), room, torch.float16)


def test_a_flow_head_is_rejected():
    with pytest.raises(ValueError, match='must run on one device'):
        plan_layers(full_size('pi0_d'), dict.fromkeys(CARDS, 10**10), torch.float16)


@pytest.fixture(scope='module')
def devices_of_operations():
    """Return the output of read_with_two_cards() in a separate process with fake cards."""
    result = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout)


@pytest.mark.parametrize('system', SYSTEMS)
@pytest.mark.parametrize('kind', ['fused', 'plain'])
def test_every_operation_finds_its_operands_on_one_device(devices_of_operations, system, kind):
    devices = devices_of_operations[f'{system} {kind}']
    assert devices['keys and values'] == ['card:0', 'card:1', 'card:1']
    assert devices['hidden states'] == ['card:0', 'card:0', 'card:0']


def read_with_two_cards(system, is_fused):
    """Read a prompt and an answer on tensors that have a device but no data.

    An operation on tensors of two devices raises an error.
    """
    cards = torch.device('card', 0), torch.device('card', 1)
    of_layers = [cards[0], cards[1], cards[1]]
    model = build_empty_model(tiny_config(system), build_tiny_tokenizer()).eval()
    places = device_of_weights(model, cards[0], of_layers)
    with TwoCards(allow_non_fake_inputs=True), torch.no_grad():
        weights = {
            name: torch.empty(weight.shape, device=places[name], dtype=torch.bfloat16)
            for name, weight in model.state_dict().items()
        }
        model.load_state_dict(weights, assign=True)
        move_buffers(model, cards[0])
        connect(model, cards[0], of_layers)
        if is_fused:
            model.requires_grad_(False).fuse()
            assert model.fused is not None
        cache = model.new_cache(num_rows=2, num_slots=160)
        pixels_BNCSS = torch.zeros(2, 1, 3, 128, 128, device=cards[0])
        asked = [[300, 301], [300, 301, 302]]
        hidden_BD = model.prefill(pixels_BNCSS, asked, cache)
        hidden_BND = model.advance([TokenTree.chain([304, 305])] * 2, cache)
        cache.keep([[0], [1]])
        # Like a training batch, without a cache.
        embeddings_BLD = model.embedding(torch.zeros(2, 9, dtype=torch.long, device=cards[0]))
        is_there_BL = torch.ones(2, 9, dtype=torch.bool, device=cards[0])
        whole_BLD = model.hidden_states(
            Sequences(embeddings_BLD, is_there_BL, is_there_BL, is_there_BL.long())
        )
    hidden = (hidden_BD, hidden_BND, whole_BLD)
    return {
        'keys and values': [str(layer._store.device) for layer in cache.layers],
        'hidden states': [str(each.device) for each in hidden],
    }


class TwoCards(FakeTensorMode):
    """Create fake tensors on a missing device, including those made from numbers."""

    avoid_device_init = True


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
@pytest.mark.parametrize('system', SYSTEMS)
def test_a_gpu_with_a_cpu_gives_the_answers_of_a_cpu_alone(system, tmp_path, monkeypatch):
    write_tiny_checkpoint(tmp_path, tiny_config(system), seed=0)
    monkeypatch.setattr(
        'genvla_policy.checkpoint.device_map.plan_layers',
        lambda model, memory, dtype: [list(memory)[index > 0] for index in range(3)],
    )
    pixels_BNCSS = torch.rand(1, 1, 3, 128, 128)
    answers = []
    for device in ('cpu', 'cuda:0,cpu'):
        checkpoint, model = load_model(tmp_path, device=device, dtype='float32')
        model = Policy(checkpoint, model).model
        cache = model.new_cache(num_rows=1, num_slots=80)
        with torch.inference_mode():
            answers.append(model.prefill(pixels_BNCSS.to(model.device), [[300, 301]], cache).cpu())
    assert torch.allclose(*answers, atol=1e-3)


if __name__ == '__main__':
    # A weight without data has a special class, which otherwise marks a quantised layer.
    fused_trunk._is_plain = lambda module: True
    _setup_privateuseone_for_python_backend('card')
    print(
        json.dumps(
            {
                f'{system} {"fused" if is_fused else "plain"}': read_with_two_cards(
                    system, is_fused
                )
                for system in SYSTEMS
                for is_fused in (True, False)
            }
        )
    )
