# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The flow head against transformers' own PI0."""

from dataclasses import replace

import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
PROMPT = TOKENIZER.encode('What action should the robot take to pick up the carrot?\n')
HORIZON = 3


def make(system='pi0_inst_aug'):
    torch.manual_seed(0)
    model = build_model(tiny_config(system, horizon=HORIZON), TOKENIZER).eval()
    return model, torch.rand(1, 3, 128, 128) * 2 - 1


def upstream_inputs(pixels):
    """Return the inputs of transformers' PI0 for one observation; the state is zeros."""
    ids = [TOKENIZER.special_id('image')] * 64 + [TOKENIZER.special_id('bos'), *PROMPT]
    return {
        'state': torch.zeros(1, 7),
        'input_ids': torch.tensor([ids]),
        'attention_mask': torch.ones(1, len(ids), dtype=torch.long),
        'pixel_values': pixels[None],
        'pixel_attention_mask': torch.ones(1, 1, dtype=torch.bool),
    }


def robot_sample(pixels, seed=1):
    ids = [TOKENIZER.special_id('bos'), *PROMPT]
    actions = torch.rand(HORIZON, 7, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return Sample(pixels, ids, [False] * len(ids), actions)


def caption_sample(pixels):
    prompt = [TOKENIZER.special_id('bos'), *TOKENIZER.encode('what is this?\n')]
    return Sample.of_answer(pixels, prompt, TOKENIZER.encode('a red carrot on a plate' * 9))


def collate(*samples):
    return Batch.collate(samples, num_cameras=1, horizon=HORIZON, action_dim=7)


@pytest.mark.parametrize('system', ['pi0_inst_aug', 'pi0_d'])
@torch.inference_mode()
def test_the_actions_match_the_sampling_of_transformers(read_prompt, system):
    model, pixels = make(system)
    noise = torch.randn(HORIZON, 7)
    expected = model.network.sample_actions(**upstream_inputs(pixels), noise=noise[None])[0]
    ours = model.sample(read_prompt(model, pixels, PROMPT).cache, noise)
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0.0)


@torch.inference_mode()
def test_a_prefill_can_be_sampled_again(read_prompt):
    model, pixels = make()
    read, noise = read_prompt(model, pixels, PROMPT).cache, torch.randn(HORIZON, 7)
    assert torch.equal(model.sample(read, noise), model.sample(read, noise))


@torch.inference_mode()
def test_other_noise_gives_other_actions(read_prompt):
    model, pixels = make()
    read = read_prompt(model, pixels, PROMPT).cache
    difference = model.sample(read, torch.zeros(HORIZON, 7)) - model.sample(
        read, torch.ones(HORIZON, 7)
    )
    assert difference.abs().max() > 1e-2


def test_the_training_loss_matches_the_forward_pass_of_transformers():
    model, pixels = make()
    sample = robot_sample(pixels)
    torch.manual_seed(5)
    expected = model.network(
        **upstream_inputs(pixels), actions=sample.actions_HA[None]
    ).loss.mean()
    torch.manual_seed(5)
    loss = model(collate(sample))
    torch.testing.assert_close(loss.flow, expected, atol=1e-5, rtol=0.0)
    assert loss.total == loss.flow
    assert loss.num_targets == 0


def test_actions_past_the_end_of_an_episode_are_not_learnt():
    model, pixels = make()
    whole = robot_sample(pixels)
    cut = replace(whole, num_actions=1)
    torch.manual_seed(5)
    expected = model.network(**upstream_inputs(pixels), actions=whole.actions_HA[None]).loss
    torch.manual_seed(5)
    loss = model(collate(cut)).flow
    torch.testing.assert_close(loss, expected[:, :1].mean(), atol=1e-5, rtol=0.0)
    # Every action of a batch has the same weight, in any chunk.
    torch.manual_seed(5)
    expected = model.network(
        **{k: torch.cat([v, v]) for k, v in upstream_inputs(pixels).items()},
        actions=torch.stack([whole.actions_HA] * 2),
    ).loss.mean(-1)
    torch.manual_seed(5)
    loss = model(collate(whole, cut)).flow
    mean = (expected[0].sum() + expected[1, 0]) / (HORIZON + 1)
    torch.testing.assert_close(loss, mean, atol=1e-5, rtol=0.0)


def test_the_flow_loss_is_computed_in_float32_for_every_dtype_of_the_expert():
    losses = []
    for dtype in (torch.float32, torch.bfloat16):
        model, pixels = make()
        model.cast('cpu', dtype)
        for parameter in model.network.action_out_proj.parameters():
            parameter.data.zero_()  # so that the expert adds no rounding
        torch.manual_seed(5)
        with torch.no_grad():
            losses.append(model(collate(robot_sample(pixels))).flow)
    torch.testing.assert_close(losses[1], losses[0], atol=1e-6, rtol=0.0)


def test_padding_and_neighbours_do_not_change_the_flow_loss():
    model, pixels = make()
    sample, caption = robot_sample(pixels), caption_sample(pixels)
    torch.manual_seed(5)
    alone = model(collate(sample)).flow
    torch.manual_seed(5)
    mixed = model(collate(caption, sample))
    torch.testing.assert_close(mixed.flow, alone, atol=1e-5, rtol=0.0)


def test_a_mixed_batch_has_a_language_and_a_flow_loss():
    model, pixels = make('pi0_c')
    sample, caption = robot_sample(pixels), caption_sample(pixels)
    language = model(collate(caption)).total
    mixed = model(collate(caption, sample))
    torch.testing.assert_close(mixed.language, language, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(mixed.total, mixed.language + mixed.flow)
    assert mixed.num_targets == len(TOKENIZER.encode('a red carrot on a plate' * 9))


def test_the_expert_has_no_token_embedding():
    model, _ = make()
    assert not any('dit.embed_tokens' in name for name in model.state_dict())


def test_a_new_random_expert_is_initialised_like_that_of_a_new_model():
    model, _ = make('pi0_d')
    built = model.state_dict()
    expert = model.random_expert(seed=0)
    assert {n for n in built if '.vlm.' not in n} == expert.keys()
    for name, weight in expert.items():
        assert weight.std().item() == pytest.approx(built[name].std().item(), rel=0.15, abs=1e-6)
        assert weight.mean().item() == pytest.approx(built[name].mean().item(), abs=0.02), name


def test_gradient_checkpointing_of_the_language_model_is_rejected():
    model, pixels = make()
    model.train().trunk.activation_checkpointing_enable()
    with pytest.raises(RuntimeError, match='activation_checkpointing_disable'):
        model(collate(robot_sample(pixels)))
