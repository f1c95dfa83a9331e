# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A packed weight gives the same products as the weight itself."""

import pytest
import torch
from torch.nn import functional
from transformers.activations import ACT2FN

from genvla_policy.models.packed_weight import PackedWeight


@pytest.mark.parametrize('activation', [None, ACT2FN['gelu_pytorch_tanh'], torch.relu])
@pytest.mark.parametrize('has_bias', [False, True])
@pytest.mark.parametrize(
    ('dtype', 'tolerance'), [(torch.float32, 1e-6), (torch.bfloat16, 2e-2)], ids=str
)
@torch.inference_mode()
def test_products_match_those_of_the_weight(activation, has_bias, dtype, tolerance):
    torch.manual_seed(0)
    weight = (torch.randn(96, 64) / 8.0).to(dtype)
    bias = torch.randn(96).to(dtype) if has_bias else None
    packed = PackedWeight(weight, bias)
    for num_tokens in (1, 2, 8, 40):
        inputs = torch.randn(1, num_tokens, 64).to(dtype)
        expected = functional.linear(inputs, weight, bias)
        expected = activation(expected) if activation else expected
        torch.testing.assert_close(
            packed(inputs, activation), expected, atol=tolerance, rtol=tolerance
        )
