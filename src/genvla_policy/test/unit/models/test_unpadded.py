# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A batch without padding has the same loss and gradients."""

import pytest
import torch
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.unpadded import UNPADDED, RowLayout

TOKENIZER = build_tiny_tokenizer()


def make(system, **changes):
    torch.manual_seed(0)
    return build_model(system_config(system, 'tiny', **changes), TOKENIZER)


def batch_of(*num_images, num_cameras=2):
    noise = torch.Generator().manual_seed(0)
    samples = [
        Sample.of_answer(
            torch.rand(images, 3, 128, 128, generator=noise) * 2 - 1,
            [2, *range(300, 304 + 9 * row)],
            range(400, 405 + 2 * row),
        )
        for row, images in enumerate(num_images)
    ]
    return Batch.collate(samples, num_cameras=num_cameras, horizon=1, action_dim=7)


def learn(model, batch):
    loss = model.train()(batch)
    loss.total.backward()
    return loss.total, loss.language_sums_B, {n: p.grad for n, p in model.named_parameters()}


def test_rows_are_joined_without_padding_and_split_again():
    is_valid = torch.tensor([[True, True, False], [False, True, True]])
    layout = RowLayout.of(is_valid, None)
    rows = torch.arange(1.0, 7.0).view(2, 3, 1)
    assert layout.join(rows).flatten().tolist() == [1.0, 2.0, 5.0, 6.0]
    assert layout.split(layout.join(rows))[..., 0].tolist() == [[1, 2, 0], [0, 5, 6]]


@pytest.mark.parametrize('checkpointed', [False, True])
@pytest.mark.parametrize(
    ('system', 'num_images'),
    [
        *(('pi0_plus', (2, 2, 2)), ('pi0_plus', (2, 1, 0))),
        *(('openvla_plus', (2, 2, 2)), ('openvla_plus', (1, 2, 0))),
    ],
)
def test_loss_and_gradients_match_padded_rows(system, num_images, checkpointed):
    batch = batch_of(*num_images)
    expected = learn(make(system, num_cameras=2), batch)
    model = make(system, num_cameras=2)
    model.leave_out_padding()
    if checkpointed:
        model.trunk.activation_checkpointing_enable({'use_reentrant': False})
    torch.testing.assert_close(learn(model, batch), expected, atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus'])
def test_layers_read_only_real_tokens(system):
    model, batch = make(system, num_cameras=2), batch_of(2, 1)
    model.leave_out_padding()
    shapes = []
    model.trunk.layers[0].mlp.register_forward_pre_hook(
        lambda _, given: shapes.append(tuple(given[0].shape[:2]))
    )
    model(batch)
    num_image_tokens = 3 * model.config.num_image_tokens // 2
    assert shapes == [(1, num_image_tokens + int(batch.is_token_BT.sum()))]


@torch.inference_mode()
def test_answers_match_the_default_attention(our_logits):
    pixels, prompt, pieces = torch.zeros(1, 3, 128, 128), [300, 301], [[302], [303, 304]]
    for system in ('pi0_plus', 'openvla_plus'):
        expected = our_logits(make(system).eval(), pixels, prompt, pieces)
        model = make(system).eval()
        model.leave_out_padding()
        torch.testing.assert_close(our_logits(model, pixels, prompt, pieces), expected)


def test_rows_of_many_lengths_attend_only_to_their_own_tokens():
    """Compare with each row alone, with gaps in rows and separate masks."""
    noise = torch.Generator().manual_seed(0)
    is_valid = torch.rand(9, 700, generator=noise) < torch.linspace(0.05, 1.0, 9)[:, None]
    length = is_valid.shape[1]
    mask = (torch.rand(9, length, length, generator=noise) < 0.5) & is_valid[:, None]
    mask |= torch.eye(length, dtype=torch.bool)
    layout = RowLayout.of(is_valid, mask[:, None])
    assert len(layout.groups) > 3
    heads = [torch.randn(1, 2, int(is_valid.sum()), 4, generator=noise) for _ in range(3)]
    attend = ALL_ATTENTION_FUNCTIONS[UNPADDED]
    module = torch.nn.Module()
    module.num_key_value_groups = 1
    attended = attend(module, *heads, None, layout=layout, scaling=0.5)[0]
    for row, split in enumerate(layout.split(attended)):
        alone = [layout.split(each.transpose(1, 2))[row][is_valid[row]] for each in heads]
        seen = mask[row][is_valid[row]][:, is_valid[row]]
        expected = torch.nn.functional.scaled_dot_product_attention(
            *(each.transpose(0, 1) for each in alone), attn_mask=seen, scale=0.5
        )
        torch.testing.assert_close(split[is_valid[row]], expected.transpose(0, 1))


def test_attention_in_bfloat16_matches_float32():
    is_valid = torch.tensor([[True] * 6, [True] * 2 + [False] * 4])
    layout = RowLayout.of(is_valid, None)
    attend = ALL_ATTENTION_FUNCTIONS[UNPADDED]
    generator = torch.Generator().manual_seed(0)
    joined = [torch.randn(1, heads, 8, 4, generator=generator) for heads in (2, 1, 1)]
    module = torch.nn.Module()
    module.num_key_value_groups = 2
    answers = [
        attend(module, *(each.to(dtype) for each in joined), None, layout=layout, scaling=0.5)[0]
        for dtype in (torch.float32, torch.bfloat16)
    ]
    torch.testing.assert_close(answers[1].float(), answers[0], atol=0.02, rtol=0.02)
