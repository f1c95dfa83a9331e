# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Every named system can learn: it memorises 16 fixed samples with a plain optimizer."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.inference.text_score import with_choices_only
from genvla_policy.models.answer_grammar import build_grammar
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.dimensions import DIMENSIONS
from genvla_policy.models.systems import SYSTEMS
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
BOS, EOS = TOKENIZER.special_id('bos'), TOKENIZER.special_id('eos')
SIGNED = (True,) * 6 + (False,)
THINGS = ('carrot', 'eggplant', 'knife', 'corn', 'cloth', 'plate', 'cube', 'spoon')
PARAPHRASES = ('pick up the {}', 'grasp the {}', 'lift the {}', 'take the {}')
NUM_SAMPLES = 16
NUM_DRAWS = 16
"""Number of noise samples per training step and sample of a flow head."""
NUM_STEPS = 400
STEPS_BETWEEN_EXAMS = 10
# 5 to 12 s of CPU each: both families, every switch (plus has D, S and C), bins and digits. The
# others, all flow heads among them, are run by make test-slow.
QUICK = ('openvla', 'openvla_plus', 'openvla_inst_aug', 'pi0_s')


def config_of(system):
    """Return the tiny system for images of 4 x 4 patches."""
    family = SYSTEMS[system]['family']
    return tiny_config(system, dimensions=replace(DIMENSIONS[family, 'tiny'], image_size=64))


def picture(rng):
    """Return a patchwork of 4 x 4 colours, different for each index."""
    patches = torch.from_numpy(rng.uniform(-1, 1, (3, 4, 4))).float()
    return patches.repeat_interleave(16, dim=1).repeat_interleave(16, dim=2)[None]


def robot_sample(config, rng, index):
    phrase = PARAPHRASES[index % 4 if config.instruction_augmentation else 0]
    prompt = [BOS, *TOKENIZER.encode(config.prompt(phrase.format(THINGS[index % 8])))]
    values = rng.uniform(-1, 1, (config.horizon, 7))
    values[:, 6] = rng.integers(0, 2)
    if config.action_head == 'flow':
        actions = torch.from_numpy(values).float()
        return Sample(picture(rng), prompt, [False] * len(prompt), actions)
    grammar = build_grammar(config, TOKENIZER, SIGNED)
    answer = grammar.encode(grammar.text_format.encode(values))
    return Sample.of_answer(picture(rng), prompt, answer)


def caption_sample(rng, index):
    prompt = [BOS, *TOKENIZER.encode('what is this?\n')]
    text = f'a {THINGS[index % 8]} next to a {THINGS[rng.integers(8)]}'
    return Sample.of_answer(picture(rng), prompt, [*TOKENIZER.encode(text), EOS])


def fixed_samples(config):
    """Return robot samples and vision-language samples, 16 in total."""
    rng = np.random.default_rng(0)
    num_captions = round(NUM_SAMPLES * config.vision_language_share)
    robot = [robot_sample(config, rng, i) for i in range(NUM_SAMPLES - num_captions)]
    return robot, [caption_sample(rng, i) for i in range(num_captions)]


@torch.inference_mode()
def token_error(model, samples):
    """Return the share of chosen action tokens that are not the most probable."""
    grammar = build_grammar(model.config, TOKENIZER, SIGNED)
    samples = [with_choices_only(sample, grammar) for sample in samples]
    loss = model(Batch.collate(samples, num_cameras=1, horizon=1, action_dim=7))
    return 1.0 - loss.num_correct / loss.num_targets


@torch.inference_mode()
def action_error(model, samples):
    """Return the mean squared error of the flow head's sampled actions (normalised)."""
    noise = torch.Generator().manual_seed(0)
    cache = model.new_cache(num_rows=1, num_slots=256)
    errors = []
    for sample in samples:
        model.prefill(sample.pixels_NCSS[None], [sample.token_ids[1:]], cache)
        actions = model.sample(cache, torch.randn(1, 7, generator=noise))
        errors.append((actions - sample.actions_HA).square().mean())
    return float(torch.stack(errors).mean())


def exam_of(config):
    """Return the error measure, and the bar that it must be under after training."""
    return (action_error, 1e-2) if config.action_head == 'flow' else (token_error, 0.05)


def draw_several(model):
    """Average the flow loss over several noise samples after one forward pass."""
    flow_loss = model._flow_loss

    def mean_loss(batch, is_seen_BL, cache):
        losses = []
        for _ in range(NUM_DRAWS):
            # The loss selects rows of the cache and appends to it, so each draw gets a copy.
            own = copy.copy(cache)
            own.layers = [copy.copy(layer) for layer in cache.layers]
            losses.append(flow_loss(batch, is_seen_BL, own))
        return torch.stack(losses).mean()

    model._flow_loss = mean_loss


def error_after_training(system):
    """Train until the error is under the bar; return the error and the bar."""
    torch.manual_seed(0)
    config = config_of(system)
    robot, captions = fixed_samples(config)
    batch = Batch.collate(robot + captions, num_cameras=1, horizon=1, action_dim=7)
    model = build_model(config, TOKENIZER).train()
    error_of, bar = exam_of(config)
    lr = 1e-3
    if config.action_head == 'flow':
        draw_several(model)
        lr = 2e-3
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=NUM_STEPS, pct_start=0.05, cycle_momentum=False
    )
    error = float('inf')
    for step in range(1, NUM_STEPS + 1):
        optimizer.zero_grad()
        model(batch).total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % STEPS_BETWEEN_EXAMS == 0:
            error = error_of(model.eval(), robot)
            model.train()
            if error < bar:
                break
    return error, bar


@pytest.mark.parametrize('system', ['openvla', 'pi0_s', 'pi0_inst_aug'])
def test_an_untrained_model_fails_the_test(system):
    torch.manual_seed(0)
    config = config_of(system)
    robot, _ = fixed_samples(config)
    error_of, bar = exam_of(config)
    assert error_of(build_model(config, TOKENIZER).eval(), robot[:4]) > 10 * bar


@pytest.mark.parametrize(
    'system',
    [s if s in QUICK else pytest.param(s, marks=pytest.mark.slow) for s in SYSTEMS],
)
def test_a_system_memorises_16_samples(system):
    error, bar = error_after_training(system)
    assert error < bar
