# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint's network on the requested device and in the requested dtype."""

from dataclasses import asdict
from itertools import accumulate

import pytest
from safetensors.torch import load_file, save_file
import torch

from genvla_policy.checkpoint import loading, safetensors_folder
from genvla_policy.checkpoint.folder import CheckpointMismatch
from genvla_policy.checkpoint.loading import load_model


def test_a_small_model_is_float32_on_a_cpu_unless_another_dtype_is_named(tiny_folder):
    dtypes = {
        name: load_model(tiny_folder, device='cpu', dtype=name)[1].dtype
        for name in ('auto', 'bfloat16')
    }
    assert dtypes == {'auto': torch.float32, 'bfloat16': torch.bfloat16}


def peak_bytes(run):
    """Return the peak memory of tensors, and the result of run()."""
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        returned = run()
    events = profile.profiler.kineto_results.events()
    taken = [event.nbytes() for event in events if event.name() == '[memory]']
    return max(accumulate(taken)), returned


def test_loading_takes_at_most_a_tenth_more_memory_than_the_weights(tiny_folder, monkeypatch):
    # As small relative to a tiny model as the real pieces relative to a full one.
    monkeypatch.setattr(safetensors_folder, '_PIECE_BYTES', 2**14)
    most, (_, model) = peak_bytes(lambda: load_model(tiny_folder, device='cpu', dtype='bfloat16'))
    size = sum(weight.nbytes for weight in model.state_dict().values())
    # The mapped file counts, but the system can reclaim its memory.
    mapped = (tiny_folder / 'model.safetensors').stat().st_size
    assert size <= most - mapped <= 1.1 * size


def test_a_weight_that_overflows_in_the_dtype_is_rejected(edit_config):
    folder = edit_config()
    weights = load_file(folder / 'model.safetensors')
    weights['network.language_model.norm.weight'][0] = 1e5
    save_file(weights, folder / 'model.safetensors')
    load_model(folder, device='cpu', dtype='bfloat16')
    with pytest.raises(CheckpointMismatch, match='1 weights are not finite in float16: network'):
        load_model(folder, device='cpu', dtype='float16')


def test_a_device_that_is_named_twice_is_rejected(tiny_folder):
    with pytest.raises(ValueError, match="'cpu,cpu' names a device twice"):
        load_model(tiny_folder, device='cpu,cpu')


def test_on_a_cpu_auto_chooses_the_faster_dtype(tiny_folder, monkeypatch):
    asked = []

    def fastest(config, num_parameters):
        asked.append((config.family, num_parameters))
        return torch.bfloat16

    monkeypatch.setattr(loading, 'fastest_dtype', fastest)
    _, model = load_model(tiny_folder, device='cpu')
    assert model.dtype == torch.bfloat16
    assert load_model(tiny_folder, device='cpu', dtype='float32')[1].dtype == torch.float32
    assert asked == [('pi0', model.num_parameters)]


def test_a_vocabulary_smaller_than_the_tokenizer_s_is_rejected(edit_config, tiny_policy):
    dimensions = asdict(tiny_policy.config.dimensions)
    dimensions['text']['vocabulary_size'] = 300
    with pytest.raises(CheckpointMismatch, match=r'has 1024 tokens but .*vocabulary_size is 300'):
        load_model(edit_config(dimensions=dimensions), device='cpu')


def test_an_unknown_dtype_is_rejected(tiny_folder):
    with pytest.raises(ValueError, match="unknown dtype 'int3'; available"):
        load_model(tiny_folder, dtype='int3')


def test_a_missing_gpu_is_rejected_with_the_number_of_gpus(tiny_folder):
    with pytest.raises(
        RuntimeError, match=r'cuda:99 is not available: .* sees \d+ GPUs; use "cpu"'
    ):
        load_model(tiny_folder, device='cuda:99')
