# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint's network, on the device and in the dtype asked for."""

from dataclasses import asdict

import pytest
import torch

from genvla_policy.checkpoint.folder import CheckpointMismatch
from genvla_policy.checkpoint.loading import load_model


def test_on_a_cpu_the_weights_are_float32_unless_another_dtype_is_named(tiny_folder):
    dtypes = {
        name: load_model(tiny_folder, device='cpu', dtype=name)[1].dtype
        for name in ('auto', 'bfloat16')
    }
    assert dtypes == {'auto': torch.float32, 'bfloat16': torch.bfloat16}


def test_a_vocabulary_smaller_than_the_tokenizer_s_is_refused(edit_config, tiny_policy):
    dimensions = asdict(tiny_policy.config.dimensions)
    dimensions['text']['vocabulary_size'] = 300
    with pytest.raises(CheckpointMismatch, match=r'has 1024 tokens but .*vocabulary_size is 300'):
        load_model(edit_config(dimensions=dimensions), device='cpu')


def test_an_unknown_dtype_is_refused(tiny_folder):
    with pytest.raises(ValueError, match="unknown dtype 'int3'; available"):
        load_model(tiny_folder, dtype='int3')


def test_a_gpu_that_is_not_there_is_refused_with_how_many_there_are(tiny_folder):
    with pytest.raises(RuntimeError, match=r'cuda:99 is not there: .* sees \d+ GPUs; use "cpu"'):
        load_model(tiny_folder, device='cuda:99')
