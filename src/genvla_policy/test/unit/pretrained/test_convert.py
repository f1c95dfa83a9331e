# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Published layouts, at tiny size and with random numbers, onto our models."""

from collections import OrderedDict
from dataclasses import replace
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
import torch
from torch.nn import functional
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
)

from genvla_policy import Observation, Policy
from genvla_policy.action_text.spelling import TokenizerUnsuited
from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.checkpoint.safetensors_folder import (
    WeightInfo,
    WeightsUnreadable,
    write_safetensors,
)
from genvla_policy.models.config import ConfigError
from genvla_policy.models.dimensions import DIMENSIONS, ExpertDimensions
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.pretrained.convert import CannotConvert, convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import NotAModel
from genvla_policy.pretrained.prismatic_parts import HUB, prismatic_dimensions
from genvla_policy.pretrained.timm_vit import timm_dimensions
from genvla_policy.pretrained.weight_map import MisfittingWeights
from genvla_policy.text.tokenizer import TextTokenizer

TOKENIZER = build_tiny_tokenizer()
BOS = TOKENIZER.special_id('bos')
PROMPT = TOKENIZER.encode('what is this?\n')
ROWS = 1024 + 64
STATISTICS = {
    'fractal20220817_data': BRIDGE_STATISTICS['bridge_orig'] | {'num_trajectories': 1},
    'bridge_orig': BRIDGE_STATISTICS['bridge_orig'],
}


def save_tokenizer(folder, extra=()):
    """Write the tiny tokenizer as the Hub does: <image> is a token, but has no role."""
    roles = {role: token for role, token in TOKENIZER.special_tokens.items() if role != 'image'}
    tokenizer = Tokenizer.from_str(TOKENIZER.tokenizer.to_str())
    tokenizer.add_special_tokens(list(extra))
    TextTokenizer(tokenizer, roles).save(folder)


def write_paligemma(folder, *, prefixes='old'):
    """Write a folder like google/paligemma-3b-pt-224; return transformers' own model."""
    torch.manual_seed(0)
    config = PaliGemmaConfig(
        vision_config={
            'model_type': 'siglip_vision_model',
            'hidden_size': 32,
            'num_hidden_layers': 2,
            'num_attention_heads': 2,
            'intermediate_size': 48,
            'image_size': 56,
            'patch_size': 14,
            'vision_use_head': False,
        },
        text_config={
            'model_type': 'gemma',
            'hidden_size': 64,
            'num_hidden_layers': 2,
            'num_attention_heads': 4,
            'num_key_value_heads': 1,
            'head_dim': 16,
            'intermediate_size': 96,
            'vocab_size': 1024,
        },
        projection_dim=64,
        hidden_size=64,
        image_token_index=TOKENIZER.special_id('image'),
        pad_token_id=TOKENIZER.special_id('pad'),
    )
    model = PaliGemmaForConditionalGeneration(config).eval()
    weights = {n: w.clone() for n, w in model.state_dict().items() if n != 'lm_head.weight'}
    if prefixes == 'old':
        weights = {paligemma_hub_name(name): weight for name, weight in weights.items()}
    folder.mkdir()
    save_file(weights, folder / 'model.safetensors')
    (folder / 'config.json').write_text(json.dumps(config.to_dict() | {'model_type': 'paligemma'}))
    save_tokenizer(folder)
    return model


def paligemma_hub_name(name):
    name = name.removeprefix('model.')
    name = name.replace('vision_tower.', 'vision_tower.vision_model.', 1)
    return name.replace('language_model.', 'language_model.model.', 1)


def timm_vit_weights(width, blocks, mlp_width, *, patches, registers=0, layer_scale=''):
    """Random weights under timm's names."""
    shapes = {'pos_embed': (1, patches, width), 'patch_embed.proj.weight': (width, 3, 14, 14)}
    shapes |= {'patch_embed.proj.bias': (width,), 'norm.weight': (width,), 'norm.bias': (width,)}
    if registers:
        shapes |= {'cls_token': (1, 1, width), 'reg_token': (1, registers, width)}
    else:
        shapes |= {'attn_pool.latent': (1, 1, width), 'attn_pool.q.weight': (width, width)}
    layers = {
        'norm1': (width,), 'norm2': (width,), 'attn.qkv': (3 * width, width),
        'attn.proj': (width, width), 'mlp.fc1': (mlp_width, width), 'mlp.fc2': (width, mlp_width),
    }  # fmt: skip
    for block in range(blocks):
        for layer, shape in layers.items():
            shapes[f'blocks.{block}.{layer}.weight'] = shape
            shapes[f'blocks.{block}.{layer}.bias'] = shape[:1]
        if layer_scale:
            shapes |= {f'blocks.{block}.ls{i}.{layer_scale}': (width,) for i in (1, 2)}
    return {name: torch.randn(shape) * 0.2 for name, shape in shapes.items()}


def timm_features(weights, pixels, *, heads, layer_scale=''):
    """The second-to-last block's patch features, as timm computes them, in plain PyTorch."""
    take = weights.__getitem__
    x = functional.conv2d(
        pixels, take('patch_embed.proj.weight'), take('patch_embed.proj.bias'), stride=14
    )
    x = x.flatten(2).transpose(1, 2) + take('pos_embed')
    extra = [take(n).expand(len(x), -1, -1) for n in ('cls_token', 'reg_token') if n in weights]
    x = torch.cat([*extra, x], dim=1)
    width = x.shape[-1]
    blocks = 1 + max(int(name.split('.')[1]) for name in weights if name.startswith('blocks.'))
    for block in range(blocks - 1):

        def layer(name, value, kind=functional.linear, block=block):
            prefix = f'blocks.{block}.{name}.'
            return kind(value, take(prefix + 'weight'), take(prefix + 'bias'))

        def norm(value, weight, bias):
            return functional.layer_norm(value, (width,), weight, bias, eps=1e-6)

        def scale(number, block=block):
            return take(f'blocks.{block}.ls{number}.{layer_scale}') if layer_scale else 1.0

        qkv = layer('attn.qkv', layer('norm1', x, norm))
        q, k, v = qkv.reshape(*x.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4)
        attended = (
            functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        )
        x = x + scale(1) * layer('attn.proj', attended)
        hidden = functional.gelu(layer('mlp.fc1', layer('norm2', x, norm)))
        x = x + scale(2) * layer('mlp.fc2', hidden)
    return x[:, sum(part.shape[1] for part in extra) :]


class TinyPrismatic:
    """DINOv2, SigLIP, projector and Llama: the numbers, and what upstream computes with them."""

    def __init__(self, *, layer_scale, norm_eps=1e-6, llama_head_dim=16):
        torch.manual_seed(0)
        self.layer_scale = layer_scale
        self.dino = timm_vit_weights(128, 3, 512, patches=16, registers=4, layer_scale=layer_scale)
        self.siglip = timm_vit_weights(144, 3, 200, patches=16)
        width = 2 * llama_head_dim
        sizes = ((272, 1088), (1088, width), (width, width))
        self.projector = [torch.nn.Linear(*size) for size in sizes]
        self.llama_config = {
            'model_type': 'llama', 'hidden_size': width, 'num_hidden_layers': 2,
            'num_attention_heads': 2, 'num_key_value_heads': 2, 'head_dim': llama_head_dim,
            'intermediate_size': 64, 'vocab_size': ROWS,
        }  # fmt: skip
        config = LlamaConfig(**self.llama_config, rms_norm_eps=norm_eps)
        self.llama = LlamaForCausalLM(config).eval()

    def named(self, dino, siglip, projector, llama):
        """All weights, each part under a prefix."""
        weights = {dino + name: weight for name, weight in self.dino.items()}
        weights |= {siglip + name: weight for name, weight in self.siglip.items()}
        for prefix, layer in zip(projector, self.projector, strict=True):
            weights |= {prefix + name: w for name, w in layer.state_dict().items()}
        weights |= {llama + name: weight for name, weight in self.llama.state_dict().items()}
        return {name: weight.clone() for name, weight in weights.items()}

    @torch.no_grad()
    def logits(self, pixels, ids):
        """Logits at the last token."""
        mean = torch.tensor([0.484375, 0.455078125, 0.40625])[:, None, None]
        std = torch.tensor([0.228515625, 0.2236328125, 0.224609375])[:, None, None]
        imagenet = ((pixels + 1) / 2 - mean) / std
        dino = timm_features(self.dino, imagenet, heads=2, layer_scale=self.layer_scale)
        siglip = timm_features(self.siglip, pixels, heads=2)
        hidden = torch.cat([dino, siglip], dim=-1)
        for layer in self.projector[:2]:
            hidden = functional.gelu(layer(hidden))
        images = self.projector[2](hidden)
        embed = self.llama.get_input_embeddings()
        bos, text = embed(torch.tensor([[BOS]])), embed(torch.tensor([ids]))
        return self.llama(inputs_embeds=torch.cat([bos, images, text], dim=1)).logits[0, -1]


def write_openvla(folder, *, extra_tokens=(), statistics=None, **config):
    """Write a folder like openvla/openvla-7b."""
    model = TinyPrismatic(layer_scale='scale_factor')
    weights = model.named(
        'vision_backbone.featurizer.',
        'vision_backbone.fused_featurizer.',
        ('projector.fc1.', 'projector.fc2.', 'projector.fc3.'),
        'language_model.',
    )
    folder.mkdir()
    save_file(weights, folder / 'model.safetensors')
    settings = {
        'model_type': 'openvla',
        'vision_backbone_id': 'dinosiglip-vit-so-224px',
        'text_config': model.llama_config,
        'norm_stats': STATISTICS if statistics is None else statistics,
    }
    (folder / 'config.json').write_text(json.dumps(settings | config))
    save_tokenizer(folder, extra_tokens)
    return model


def write_prismatic(folder, *, kind='model'):
    """Write a training run like prism-dinosiglip-224px+7b, or like OpenVLA's own ("vla")."""
    model = TinyPrismatic(layer_scale='gamma', norm_eps=1e-5, llama_head_dim=128)
    weights = model.named('dino_featurizer.', 'siglip_featurizer.', ('0.', '2.', '4.'), 'llm.')
    parts = {
        'vision_backbone': {n: w for n, w in weights.items() if 'featurizer' in n},
        'projector': {f'projector.{n}': w for n, w in weights.items() if n[0] in '024'},
        'llm_backbone': {n: w for n, w in weights.items() if n.startswith('llm.')},
    }
    (folder / 'checkpoints').mkdir(parents=True)
    content = {'model': {name: OrderedDict(part) for name, part in parts.items()}}
    torch.save(content, folder / 'checkpoints' / 'latest-checkpoint.pt')
    # A robot run names the VLM that it started from, and no more.
    settings = {
        'model': {'vision_backbone_id': 'dinosiglip-vit-so-224px'},
        'vla': {'base_vlm': 'prism-dinosiglip-224px+7b'},
    }
    (folder / 'config.json').write_text(json.dumps({kind: settings[kind]}))
    if kind == 'vla':
        (folder / 'dataset_statistics.json').write_text(json.dumps(STATISTICS))
    return model


@pytest.fixture(autouse=True, scope='module')
def _one_thread():
    # Thousands of tiny weights: threads would only wait for each other.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def paligemma(tmp_path):
    model = write_paligemma(tmp_path / 'paligemma-tiny')
    return tmp_path / 'paligemma-tiny', model


@pytest.fixture
def openvla(tmp_path):
    return tmp_path / 'openvla-tiny', write_openvla(tmp_path / 'openvla-tiny')


@pytest.fixture
def prismatic(tmp_path):
    save_tokenizer(tmp_path)
    return tmp_path / 'prism-tiny', write_prismatic(tmp_path / 'prism-tiny')


@pytest.fixture
def frozen_run(prismatic, tmp_path):
    """A run that kept the encoders as timm has them, as the published ones, and timm's folders."""
    run, model = prismatic
    file = run / 'checkpoints' / 'latest-checkpoint.pt'
    content = torch.load(file, weights_only=True)
    del content['model']['vision_backbone']
    torch.save(content, file)
    for name, weights in (('dino', model.dino), ('siglip', model.siglip)):
        (tmp_path / name).mkdir()
        save_file(weights, tmp_path / name / 'model.safetensors')
    return run, model, (tmp_path / 'dino', tmp_path / 'siglip')


def edit_weights(folder, edit):
    weights = load_file(folder / 'model.safetensors')
    edit(weights)
    save_file(weights, folder / 'model.safetensors')


def converted(source, out, system='', *, tokenizer=None, **settings):
    """Convert, with a small action expert, and load what was written."""
    pretrained = open_pretrained(source, tokenizer=tokenizer)
    dimensions = replace(pretrained.dimensions, expert=ExpertDimensions(width=32, mlp_width=48))
    convert(pretrained, out, system=system, dimensions=dimensions, **settings)
    return Policy.load(out, device='cpu')


@torch.inference_mode()
def paligemma_logits(model, pixels):
    ids = [TOKENIZER.special_id('image')] * 16 + [BOS, *PROMPT]
    return model(
        input_ids=torch.tensor([ids]),
        pixel_values=pixels,
        token_type_ids=torch.zeros(1, len(ids), dtype=torch.long),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
    ).logits[0, -1]


def pixels():
    return torch.rand(1, 3, 56, 56, generator=torch.Generator().manual_seed(1)) * 2 - 1


# What the converted model computes.


@pytest.mark.parametrize('prefixes', ['old', 'new'])
@pytest.mark.parametrize('system', ['pi0_s', 'pi0_plus', 'pi0_inst_aug', 'pi0_d'])
def test_paligemma_gives_the_logits_of_transformers_own_model(
    our_logits, tmp_path, system, prefixes
):
    reference = write_paligemma(tmp_path / 'source', prefixes=prefixes)
    policy = converted(tmp_path / 'source', tmp_path / 'out', system)
    expected = paligemma_logits(reference, pixels())
    torch.testing.assert_close(
        our_logits(policy.model, pixels(), PROMPT, [])[0], expected, atol=1e-5, rtol=0.0
    )


def test_the_answer_s_logits_are_paligemma_s_too(our_logits, paligemma, tmp_path):
    source, reference = paligemma
    answer = TOKENIZER.encode('a red carrot')
    policy = converted(source, tmp_path / 'out', 'pi0_plus')
    ids = [TOKENIZER.special_id('image')] * 16 + [BOS, *PROMPT, *answer]
    types = [0] * (17 + len(PROMPT)) + [1] * len(answer)
    with torch.inference_mode():
        expected = reference(
            input_ids=torch.tensor([ids]),
            pixel_values=pixels(),
            token_type_ids=torch.tensor([types]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        ).logits[0, -1]
    ours = our_logits(policy.model, pixels(), PROMPT, [answer])[-1]
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize('system', ['openvla', 'openvla_plus'])
def test_the_hub_s_openvla_gives_upstream_s_logits(our_logits, openvla, tmp_path, system):
    source, reference = openvla
    policy = converted(source, tmp_path / 'out', system)
    expected = reference.logits(pixels(), PROMPT)
    torch.testing.assert_close(
        our_logits(policy.model, pixels(), PROMPT, [])[0], expected, atol=2e-5, rtol=0.0
    )


def test_a_prismatic_run_gives_upstream_s_logits(our_logits, prismatic, tmp_path):
    source, reference = prismatic
    policy = converted(source, tmp_path / 'out', tokenizer=tmp_path)
    expected = reference.logits(pixels(), PROMPT)
    torch.testing.assert_close(
        our_logits(policy.model, pixels(), PROMPT, [])[0], expected, atol=2e-5, rtol=0.0
    )


def test_a_run_with_frozen_encoders_gives_upstream_s_logits_with_timm_s(
    our_logits, frozen_run, tmp_path
):
    run, reference, vision = frozen_run
    convert(open_pretrained(run, tokenizer=tmp_path, vision=vision), tmp_path / 'out')
    ours = our_logits(Policy.load(tmp_path / 'out', device='cpu').model, pixels(), PROMPT, [])[0]
    torch.testing.assert_close(ours, reference.logits(pixels(), PROMPT), atol=2e-5, rtol=0.0)


def test_dinov2_s_positions_are_resampled_to_siglip_s_patches(frozen_run, tmp_path):
    run, _, vision = frozen_run
    edit_weights(
        vision[0], lambda weights: weights.update(pos_embed=torch.full((1, 36, 128), 3.0))
    )
    convert(open_pretrained(run, tokenizer=tmp_path, vision=vision), tmp_path / 'out')
    weights = load_file(tmp_path / 'out' / 'model.safetensors')
    positions = weights['vision.towers.dino.dino.embeddings.position_embeddings']
    torch.testing.assert_close(positions[:, 1:], torch.full((1, 16, 128), 3.0))


def test_the_hub_s_layout_of_a_prismatic_vlm_is_openvla_s(our_logits, tmp_path):
    reference = write_openvla(tmp_path / 'source', statistics={}, model_type='prismatic')
    policy = converted(tmp_path / 'source', tmp_path / 'out')
    expected = reference.logits(pixels(), PROMPT)
    torch.testing.assert_close(
        our_logits(policy.model, pixels(), PROMPT, [])[0], expected, atol=2e-5, rtol=0.0
    )
    assert not policy.config.trained


# Traps, one by one.


def test_the_class_token_s_position_is_folded_into_the_token(openvla, tmp_path):
    source, reference = openvla
    policy = converted(source, tmp_path / 'out')
    positions = policy.model.vision.towers['dino'].dino.embeddings.position_embeddings
    assert positions.shape == (1, 17, 128)
    assert torch.equal(positions[0, 0], torch.zeros(128))
    assert torch.equal(positions[0, 1:], reference.dino['pos_embed'][0])


def test_timm_s_fused_attention_is_cut_into_query_key_and_value(openvla, tmp_path):
    source, reference = openvla
    weights = converted(source, tmp_path / 'out').model.state_dict()
    qkv = reference.dino['blocks.1.attn.qkv.weight']
    parts = [
        weights[f'vision.towers.dino.dino.encoder.layer.1.attention.{part}_proj.weight']
        for part in 'qkv'
    ]
    assert torch.equal(torch.cat(parts), qkv)


def test_siglip_s_gelu_is_exact_in_prismatic_and_tanh_in_paligemma(openvla, paligemma, tmp_path):
    x = torch.linspace(-3, 3, 50)
    prismatic = converted(openvla[0], tmp_path / 'a').model.vision.towers['siglip']
    pali = converted(paligemma[0], tmp_path / 'b', 'pi0_s').model.paligemma.vision_tower
    exact, approximate = (
        tower.encoder.layers[0].mlp.activation_fn(x) for tower in (prismatic, pali)
    )
    torch.testing.assert_close(exact, functional.gelu(x), atol=1e-7, rtol=0.0)
    torch.testing.assert_close(approximate, functional.gelu(x, approximate='tanh'))


def test_token_embeddings_are_kept_as_they_are_and_scaled_by_the_model(paligemma, tmp_path):
    source, reference = paligemma
    model = converted(source, tmp_path / 'out').model
    stored = reference.model.language_model.embed_tokens.weight
    assert torch.equal(model.head_VD, stored)
    embedded = model.embedding(torch.tensor([PROMPT[0]]))[0]
    torch.testing.assert_close(embedded, stored[PROMPT[0]] * 8.0)


def test_paligemma_s_positions_count_from_1_and_llama_s_from_0(
    our_logits, paligemma, openvla, tmp_path
):
    for source, first in ((paligemma[0], 1), (openvla[0], 0)):
        model = converted(source, tmp_path / f'from_{first}').model
        seen = []
        model.trunk.rotary_emb.register_forward_pre_hook(
            lambda module, args, kwargs, seen=seen: seen.append(kwargs['position_ids']),
            with_kwargs=True,
        )
        our_logits(model, pixels(), PROMPT, [])
        assert int(seen[0][0, 0]) == first


def test_the_norms_epsilon_is_the_source_s(openvla, prismatic, tmp_path):
    hub = converted(openvla[0], tmp_path / 'a').config.dimensions.text.norm_eps
    run = converted(
        prismatic[0], tmp_path / 'b', tokenizer=tmp_path
    ).config.dimensions.text.norm_eps
    assert (hub, run) == (1e-6, 1e-5)


def test_the_frozen_tower_and_the_trained_one_start_equal(paligemma, tmp_path):
    towers = converted(
        paligemma[0], tmp_path / 'out', 'pi0_plus'
    ).model.paligemma.vision_tower.towers
    frozen, trained = (towers[name].state_dict() for name in ('frozen', 'trained'))
    assert all(torch.equal(frozen[name], weight) for name, weight in trained.items())


# What the checkpoint says.


@pytest.mark.parametrize(
    ('write', 'system', 'expected'),
    [
        (write_openvla, '', ('openvla', 'bins256', True)),
        (write_openvla, 'openvla_d', ('openvla_d', 'bins256', True)),
        (write_openvla, 'openvla_plus', ('openvla_plus', 'fixed4', False)),
        (write_paligemma, '', ('pi0_plus', 'fixed4', False)),
    ],
)
def test_a_model_is_trained_if_it_keeps_the_head_that_it_was_trained_with(
    tmp_path, write, system, expected
):
    write(tmp_path / 'source')
    config = convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out', system=system)
    assert (config.name.split('-')[0], config.action_format, config.trained) == expected
    assert config.base == 'source'


def test_the_authors_checkpoint_keeps_its_format_and_its_prompt(tmp_path):
    write_openvla(tmp_path / 'openvla-7b', extra_tokens=['<VLM_PROMPT>', '<VLA_PROMPT>'])
    policy = converted(tmp_path / 'openvla-7b', tmp_path / 'out')
    config = policy.config
    assert (config.encoders, config.action_format, config.trained) == ('dual', 'paper', True)
    assert config.prompt('Pick UP').startswith('In: <VLA_PROMPT> What action')
    picture = np.zeros((56, 56, 3), dtype=np.uint8)
    chunk = policy.infer(Observation((picture,), 'pick up the carrot', 0.0))
    assert re.fullmatch(r'(-?\d\.\d{1,4},){7}', chunk.text)


@pytest.mark.parametrize('change', [{'horizon': 4}, {'num_cameras': 2}])
def test_what_it_was_not_trained_for_makes_it_untrained(openvla, tmp_path, change):
    assert not convert(open_pretrained(openvla[0]), tmp_path / 'out', **change).trained


def test_a_model_in_the_hub_s_cache_has_the_hub_s_name(tmp_path):
    folder = tmp_path / 'models--google--paligemma-3b-pt-224' / 'snapshots' / '35e4f46485b4'
    folder.parent.mkdir(parents=True)
    write_paligemma(folder)
    assert open_pretrained(folder).name == 'paligemma-3b-pt-224'


def test_a_tied_language_head_is_left_out(paligemma, tmp_path):
    source, reference = paligemma
    head = reference.lm_head.weight.detach().clone()
    edit_weights(source, lambda weights: weights.update({'lm_head.weight': head}))
    convert(open_pretrained(source), tmp_path / 'out')
    assert not any('lm_head' in name for name in load_file(tmp_path / 'out' / 'model.safetensors'))


def test_rotary_frequencies_that_older_files_hold_are_left_out(openvla, tmp_path):
    name = 'language_model.model.layers.1.self_attn.rotary_emb.inv_freq'
    edit_weights(openvla[0], lambda weights: weights.update({name: torch.ones(8)}))
    convert(open_pretrained(openvla[0]), tmp_path / 'out')
    assert not any(
        'inv_freq' in name for name in load_file(tmp_path / 'out' / 'model.safetensors')
    )


def test_all_statistics_are_carried_over_and_one_data_set_is_chosen(openvla, tmp_path):
    convert(open_pretrained(openvla[0]), tmp_path / 'a')
    convert(open_pretrained(openvla[0]), tmp_path / 'b', dataset='fractal20220817_data')
    a, b = (Checkpoint.open(tmp_path / name) for name in 'ab')
    assert a.statistics == b.statistics == STATISTICS
    assert (a.config.dataset, b.config.dataset) == ('bridge_orig', 'fractal20220817_data')


def test_the_statistics_of_a_fine_tuned_model_take_the_place_of_what_it_began_with(openvla):
    source, _ = openvla
    own = {'my_robot': STATISTICS['bridge_orig']}
    (source / 'dataset_statistics.json').write_text(json.dumps(own))
    assert open_pretrained(source).statistics == own


@pytest.mark.parametrize('own', ['{}', None])
def test_an_openvla_without_statistics_is_refused(tmp_path, own):
    write_openvla(tmp_path / 'source', statistics=STATISTICS if own else {})
    if own:
        (tmp_path / 'source' / 'dataset_statistics.json').write_text(own)
    with pytest.raises(NotAModel, match=r'neither dataset_statistics.json nor norm_stats'):
        open_pretrained(tmp_path / 'source')


def test_a_robot_trained_run_without_statistics_is_refused(tmp_path):
    save_tokenizer(tmp_path)
    write_prismatic(tmp_path / 'run', kind='vla')
    (tmp_path / 'run' / 'dataset_statistics.json').unlink()
    with pytest.raises(NotAModel, match=r'run: neither dataset_statistics.json nor norm_stats'):
        open_pretrained(tmp_path / 'run', tokenizer=tmp_path)


def test_a_model_with_oft_s_action_head_is_refused(openvla):
    source, _ = openvla
    (source / 'action_head--150000_checkpoint.pt').write_bytes(b'')
    with pytest.raises(NotAModel, match=r'action_head--150000_checkpoint.pt.*OpenVLA-OFT'):
        open_pretrained(source)


def test_a_robot_trained_run_brings_its_statistics(tmp_path):
    save_tokenizer(tmp_path)
    write_prismatic(tmp_path / 'run', kind='vla')
    config = converted(tmp_path / 'run', tmp_path / 'out', tokenizer=tmp_path).config
    assert (config.action_head, config.trained, config.dataset) == ('bins', True, 'bridge_orig')


def test_the_bins_end_before_the_padding_of_the_vocabulary(openvla, tmp_path):
    assert converted(openvla[0], tmp_path / 'out').config.dimensions.bins_end == ROWS - 64


def test_the_action_expert_is_random_and_has_a_seed(paligemma, tmp_path):
    name = 'network.action_out_proj.weight'
    weights = [
        converted(paligemma[0], tmp_path / out, 'pi0_d', seed=seed).model.state_dict()[name]
        for out, seed in (('a', 0), ('b', 0), ('c', 1))
    ]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert 'The action expert is random' in (tmp_path / 'a' / 'README.md').read_text()


def test_a_dtype_can_be_chosen(paligemma, tmp_path):
    convert(open_pretrained(paligemma[0]), tmp_path / 'out', dtype=torch.bfloat16)
    weights = load_file(tmp_path / 'out' / 'model.safetensors')
    assert {weight.dtype for weight in weights.values()} == {torch.bfloat16}


# What is refused.


def test_missing_unexpected_and_misshapen_weights_are_all_listed(openvla, tmp_path):
    source, _ = openvla

    def edit(weights):
        del weights['vision_backbone.featurizer.blocks.1.attn.proj.bias']
        weights['lora_A'] = torch.zeros(1)
        weights['projector.fc2.bias'] = torch.zeros(3)

    edit_weights(source, edit)
    with pytest.raises(MisfittingWeights) as refusal:
        convert(open_pretrained(source), tmp_path / 'out')
    message = str(refusal.value)
    assert '1 missing: vision_backbone.featurizer.blocks.1.attn.proj.bias' in message
    assert '1 unexpected: lora_A' in message
    assert '1 misshapen: projector.fc2.bias is (3,), the model needs (32,)' in message
    assert not list(tmp_path.glob('out*'))


@pytest.mark.parametrize(
    ('kind', 'layer', 'number'),
    [
        ('openvla', 'language_model.model.layers.1.', 9),
        ('paligemma', 'language_model.layers.1.', 9),
        ('paligemma', 'vision_tower.encoder.layers.1.', 16),
    ],
)
def test_a_layer_that_is_not_there_is_missing_also_if_it_is_the_last(
    request, tmp_path, kind, layer, number
):
    source, _ = request.getfixturevalue(kind)

    def cut(weights):
        for name in [n for n in weights if '.layers.1.' in n and n[:8] == layer[:8]]:
            del weights[name]

    edit_weights(source, cut)
    with pytest.raises(MisfittingWeights, match=rf'{number} missing: ') as refusal:
        convert(open_pretrained(source), tmp_path / 'out')
    assert str(refusal.value).count(layer) == number


@pytest.mark.parametrize(('width', 'depth'), [(1024, 23), (96, 2)])
def test_a_tower_of_the_published_width_has_the_published_depth(width, depth):
    weights = timm_vit_weights(width, 3, 8, patches=4, registers=4, layer_scale='gamma')
    infos = {name: WeightInfo(tuple(w.shape), w.dtype) for name, w in weights.items()}
    published = DIMENSIONS['openvla', 'full'].dino
    dimensions, _ = timm_dimensions(infos, '', head_dim=32, published=published)
    assert dimensions.depth == depth


@pytest.mark.parametrize(
    ('kind', 'section', 'setting', 'supported'),
    [
        ('openvla', 'text_config', {'rope_theta': 5e5}, '10000.0'),
        ('openvla', 'text_config', {'hidden_act': 'gelu'}, "'silu'"),
        ('openvla', 'text_config', {'model_type': 'mistral'}, "'llama'"),
        ('paligemma', 'text_config', {'hidden_act': 'silu'}, "'gelu_pytorch_tanh'"),
        ('paligemma', 'text_config', {'hidden_activation': 'gelu'}, "'gelu_pytorch_tanh'"),
        ('paligemma', 'text_config', {'rope_theta': 5e5}, '10000.0'),
        ('paligemma', 'vision_config', {'hidden_act': 'gelu'}, "'gelu_pytorch_tanh'"),
    ],
)
def test_a_setting_that_our_modules_do_not_have_is_refused(
    request, kind, section, setting, supported
):
    source, _ = request.getfixturevalue(kind)
    config = json.loads((source / 'config.json').read_text())
    config[section].pop('rope_parameters', None)
    config[section] |= setting
    (source / 'config.json').write_text(json.dumps(config))
    with pytest.raises(NotAModel, match=rf'{section}: .* supported: .*{supported}'):
        open_pretrained(source)


def test_a_setting_that_is_written_out_as_published_is_fine(openvla):
    source, model = openvla
    written = {'rope_theta': 10000.0, 'rope_scaling': None, 'hidden_act': 'silu'}
    config = json.loads((source / 'config.json').read_text())
    config['text_config'] = model.llama_config | written
    (source / 'config.json').write_text(json.dumps(config))
    assert open_pretrained(source).family == 'openvla'


def test_gemma_s_older_name_of_the_activation_goes_before_the_newer_one(paligemma):
    source, _ = paligemma
    config = json.loads((source / 'config.json').read_text())
    older = {'hidden_act': 'gelu', 'hidden_activation': 'gelu_pytorch_tanh'}
    config['text_config'] |= older
    (source / 'config.json').write_text(json.dumps(config))
    assert open_pretrained(source).family == 'pi0'


def test_a_weight_that_is_not_finite_is_refused_and_nothing_stays(paligemma, tmp_path):
    source, _ = paligemma
    name = 'language_model.model.norm.weight'
    edit_weights(source, lambda weights: weights[name].fill_(float('nan')))
    with pytest.raises(
        CannotConvert, match=r'language_model\.norm\.weight has numbers that are not'
    ):
        convert(open_pretrained(source), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_a_language_head_of_its_own_is_refused(paligemma):
    head = {'language_model.lm_head.weight': torch.zeros(1024, 64)}
    edit_weights(paligemma[0], lambda weights: weights.update(head))
    with pytest.raises(NotAModel, match=r'lm_head.weight differs from .*embed_tokens.weight'):
        open_pretrained(paligemma[0])


def test_one_weight_under_two_names_is_refused(paligemma):
    twin = {'model.language_model.norm.weight': torch.zeros(64)}
    edit_weights(paligemma[0], lambda weights: weights.update(twin))
    with pytest.raises(NotAModel, match=r'norm.weight and .*norm.weight are one weight'):
        open_pretrained(paligemma[0])


def test_paligemma_2_is_refused(paligemma):
    config = json.loads((paligemma[0] / 'config.json').read_text())
    config['text_config']['model_type'] = 'gemma2'
    (paligemma[0] / 'config.json').write_text(json.dumps(config))
    with pytest.raises(NotAModel, match="language model is 'gemma2'; supported: 'gemma'"):
        open_pretrained(paligemma[0])


@pytest.mark.parametrize(
    ('kind', 'config', 'complaint'),
    [
        ('paligemma', {'model_type': 'paligemma', 'text_config': 3}, "field 'text_config'"),
        ('openvla', {'model_type': 'openvla', 'text_config': None}, 'must be a mapping'),
        ('openvla', {'model_type': 'openvla', 'norm_stats': 3}, 'not iterable'),
        ('prismatic', {'vla': 'prism-dinosiglip-224px+7b'}, 'in place of an object'),
    ],
)
def test_a_config_of_the_wrong_kind_is_refused(request, tmp_path, kind, config, complaint):
    source, _ = request.getfixturevalue(kind)
    save_tokenizer(tmp_path)
    (source / 'config.json').write_text(json.dumps(config))
    with pytest.raises(NotAModel, match=complaint):
        open_pretrained(source, tokenizer=tmp_path)


@pytest.mark.parametrize(
    ('kind', 'name'),
    [
        ('paligemma', 'language_model.model.embed_tokens.weight'),
        ('openvla', 'vision_backbone.featurizer.reg_token'),
        ('openvla', 'vision_backbone.fused_featurizer.pos_embed'),
        ('openvla', 'language_model.model.layers.0.self_attn.q_proj.weight'),
    ],
)
def test_a_weight_without_dimensions_is_refused(request, kind, name):
    source, _ = request.getfixturevalue(kind)
    edit_weights(source, lambda weights: weights.update({name: torch.tensor(1.0)}))
    with pytest.raises(NotAModel, match=r'have no matrix|too few dimensions'):
        open_pretrained(source)


def test_statistics_that_are_none_are_refused_before_anything_is_written(tmp_path):
    write_openvla(tmp_path / 'source', statistics={'bridge_orig': 3})
    with pytest.raises(CannotConvert, match="statistics of data set 'bridge_orig': "):
        convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_numbers_that_overflow_in_the_dtype_are_refused(paligemma, tmp_path):
    source, _ = paligemma
    edit_weights(source, lambda w: w['language_model.model.norm.weight'].fill_(1e30))
    with pytest.raises(CannotConvert, match='choose another --dtype'):
        convert(open_pretrained(source), tmp_path / 'out', dtype=torch.float16)


@pytest.mark.parametrize('file', ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
def test_a_missing_file_is_named(paligemma, file):
    (paligemma[0] / file).unlink()
    with pytest.raises(NotAModel, match=file):
        open_pretrained(paligemma[0])


@pytest.mark.parametrize('role', ['bos', 'eos', 'pad'])
def test_a_special_token_that_the_model_needs_is_missed_by_name(paligemma, role):
    source, _ = paligemma
    settings = json.loads((source / 'tokenizer_config.json').read_text())
    del settings[f'{role}_token']
    (source / 'tokenizer_config.json').write_text(json.dumps(settings))
    with pytest.raises(NotAModel, match=rf"names no \['{role}_token'\]; it names"):
        open_pretrained(source)


@pytest.mark.parametrize('file', ['tokenizer.json', 'checkpoints/latest-checkpoint.pt'])
def test_a_git_lfs_pointer_is_recognised(prismatic, tmp_path, file):
    save_tokenizer(prismatic[0])
    (prismatic[0] / file).write_text('version https://git-lfs.github.com/spec/v1\nsize 1\n')
    with pytest.raises(WeightsUnreadable, match=rf'{file} is a Git LFS pointer'):
        open_pretrained(prismatic[0])


def test_missing_weights_are_named(paligemma):
    (paligemma[0] / 'model.safetensors').unlink()
    with pytest.raises(WeightsUnreadable, match=r'neither model.safetensors nor'):
        open_pretrained(paligemma[0])


def test_a_prismatic_run_needs_a_tokenizer(prismatic):
    with pytest.raises(NotAModel, match=r'Prismatic runs have none: .* --tokenizer'):
        open_pretrained(prismatic[0])


def test_a_run_without_vision_encoders_says_where_they_are(frozen_run, tmp_path):
    with pytest.raises(NotAModel, match=r'no vision encoders: .* timm/vit_large.* --vision'):
        open_pretrained(frozen_run[0], tokenizer=tmp_path)


def test_vision_encoders_in_the_wrong_order_are_refused(frozen_run, tmp_path):
    run, _, (dino, siglip) = frozen_run
    with pytest.raises(NotAModel, match='--vision takes timm/vit_large'):
        open_pretrained(run, tokenizer=tmp_path, vision=(siglip, dino))


@pytest.mark.parametrize(
    ('tower', 'architecture', 'tag'),
    [
        (0, 'vit_large_patch14_dinov2', 'lvd142m'),
        (1, 'vit_so400m_patch14_siglip_224', 'v2_webli'),
        (1, 'vit_so400m_patch14_siglip_384', 'webli'),
    ],
)
def test_vision_encoders_that_prismatic_did_not_learn_with_are_refused(
    frozen_run, tmp_path, tower, architecture, tag
):
    run, _, vision = frozen_run
    config = {'architecture': architecture, 'pretrained_cfg': {'tag': tag}}
    (vision[tower] / 'config.json').write_text(json.dumps(config))
    with pytest.raises(NotAModel, match=rf'is {architecture}\.{tag}; Prismatic .* timm/vit_'):
        open_pretrained(run, tokenizer=tmp_path, vision=vision)


def test_the_vision_encoders_that_prismatic_learnt_with_say_who_they_are(frozen_run, tmp_path):
    run, _, (dino, siglip) = frozen_run
    for folder, architecture, tag in (
        (dino, 'vit_large_patch14_reg4_dinov2', 'lvd142m'),
        (siglip, 'vit_so400m_patch14_siglip_224', 'webli'),
    ):
        config = {'architecture': architecture, 'pretrained_cfg': {'tag': tag}}
        (folder / 'config.json').write_text(json.dumps(config))
    assert open_pretrained(run, tokenizer=tmp_path, vision=(dino, siglip)).family == 'openvla'


def test_a_siglip_for_other_pictures_than_the_published_ones_is_refused():
    names = ('dino.', 'siglip.')
    weights = {
        'dino.' + name: weight
        for name, weight in timm_vit_weights(32, 1, 8, patches=1024, registers=4).items()
    } | {
        'siglip.' + name: weight
        for name, weight in timm_vit_weights(1152, 1, 8, patches=1024).items()
    }
    infos = {name: WeightInfo(tuple(w.shape), w.dtype) for name, w in weights.items()}
    parts = replace(HUB, dino=names[0], siglip=names[1])
    with pytest.raises(NotAModel, match='SigLIP for 448 px; expected 224 px'):
        prismatic_dimensions(infos, parts, norm_eps=1e-5, head_dim=16, depth=1)


@pytest.mark.parametrize('kind', ['prismatic', 'openvla'])
def test_vision_encoders_are_not_given_to_what_has_its_own(request, tmp_path, kind):
    source, _ = request.getfixturevalue(kind)
    with pytest.raises(NotAModel, match='leave out --vision'):
        open_pretrained(source, tokenizer=tmp_path, vision=(tmp_path, tmp_path))


@pytest.mark.parametrize(
    ('kind', 'key', 'value'),
    [
        ('model', 'vision_backbone_id', 'siglip-vit-so400m'),
        ('model', 'image_resize_strategy', 'letterbox'),
        ('model', 'arch_specifier', 'no-align+gelu-mlp'),
        ('vla', 'base_vlm', 'siglip-224px+7b'),
    ],
)
def test_a_run_of_another_architecture_is_refused(prismatic, tmp_path, kind, key, value):
    (prismatic[0] / 'config.json').write_text(json.dumps({kind: {key: value}}))
    with pytest.raises(NotAModel, match=re.escape(f"{key} is '{value}'; supported")):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_a_pt_file_with_code_in_it_is_refused_and_the_code_is_not_run(prismatic, tmp_path):
    class Malicious:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'run_by_pickle'),)

    file = prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt'
    torch.save({'model': Malicious()}, file)
    with pytest.raises(WeightsUnreadable, match='files that need code to be run are not loaded'):
        open_pretrained(file, tokenizer=tmp_path)
    assert not (tmp_path / 'run_by_pickle').exists()


@pytest.mark.parametrize('content', [{'weights': {}}, [1, 2]])
def test_a_pt_file_of_another_layout_is_refused(prismatic, tmp_path, content):
    torch.save(content, prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt')
    with pytest.raises(WeightsUnreadable, match="has no 'model'; it holds"):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_a_truncated_pt_file_is_refused(prismatic, tmp_path):
    file = prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt'
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsUnreadable, match=r'is not a whole \.pt file'):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_another_kind_of_model_is_refused_with_its_kind(paligemma):
    (paligemma[0] / 'config.json').write_text('{"model_type": "qwen2_vl"}')
    with pytest.raises(NotAModel, match=r"model_type is 'qwen2_vl'.* supported are 'paligemma'"):
        open_pretrained(paligemma[0])


def test_another_vision_backbone_is_refused(tmp_path):
    write_openvla(tmp_path / 'source', vision_backbone_id='siglip-vit-so400m')
    with pytest.raises(NotAModel, match="backbone_id is 'siglip-vit-so400m'; supported"):
        open_pretrained(tmp_path / 'source')


def test_a_system_of_the_other_family_is_refused_with_those_that_fit(paligemma, tmp_path):
    with pytest.raises(CannotConvert, match=r"of pi0; it can become \['pi0_inst_aug'"):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out', system='openvla')


def test_a_change_that_makes_no_system_is_refused(paligemma, tmp_path):
    with pytest.raises(ConfigError, match='horizon must be at least 1'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out', horizon=0)


def test_an_unknown_data_set_is_refused_and_the_known_ones_are_named(openvla, tmp_path):
    with pytest.raises(
        CannotConvert, match=r"'kuka'; name one .*\['bridge_orig', 'fractal20220817_data'\]"
    ):
        convert(open_pretrained(openvla[0]), tmp_path / 'out', dataset='kuka')


def test_several_data_sets_without_bridge_need_a_choice(tmp_path):
    statistics = dict.fromkeys(
        ('fractal20220817_data', 'kuka'), STATISTICS['fractal20220817_data']
    )
    write_openvla(tmp_path / 'source', statistics=statistics)
    with pytest.raises(CannotConvert, match='statistics of several data sets; name one'):
        convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out')


def test_a_checkpoint_is_only_replaced_when_told_to(paligemma, tmp_path):
    (tmp_path / 'out').mkdir()
    pretrained = open_pretrained(paligemma[0])
    convert(pretrained, tmp_path / 'out')
    with pytest.raises(CannotConvert, match='is there already'):
        convert(pretrained, tmp_path / 'out', system='pi0_s')
    convert(pretrained, tmp_path / 'out', system='pi0_s', overwrite=True)
    assert Policy.load(tmp_path / 'out', device='cpu').config.encoders == 'single'


def test_what_is_no_checkpoint_is_never_replaced(paligemma):
    source, _ = paligemma
    with pytest.raises(CannotConvert, match=r'is not replaced, for it may hold something else'):
        convert(open_pretrained(source), source, overwrite=True)
    assert (source / 'model.safetensors').is_file()


def test_a_disk_that_is_too_full_is_refused_at_once(paligemma, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: usage)
    with pytest.raises(CannotConvert, match=r'0\.0 GB free, the checkpoint needs 0\.\d GB'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_a_disk_that_loses_what_was_written_is_noticed(paligemma, tmp_path, monkeypatch):
    def damage(folder, *args, **settings):
        write_safetensors(folder, *args, **settings)
        edit_weights(folder, lambda w: w['network.multi_modal_projector.linear.bias'].add_(1))

    monkeypatch.setattr('genvla_policy.pretrained.convert.write_safetensors', damage)
    with pytest.raises(CannotConvert, match=r'linear\.bias does not read back'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


# The command.


def command(*args):
    return subprocess.run(
        [sys.executable, '-m', 'genvla_policy.pretrained.convert', *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_converts_and_shows_progress(paligemma, tmp_path):
    done = command(paligemma[0], tmp_path / 'out', '--system', 'pi0_plus', '--dtype', 'bfloat16')
    assert done.returncode == 0, done.stderr
    assert 'PaliGemma, as the Hub keeps it' in done.stdout
    assert 'not trained on robot data yet' in done.stdout
    assert f"Policy.load('{tmp_path / 'out'}')" in done.stdout
    assert 'writing: 100%' in done.stderr
    assert 'verifying: 100%' in done.stderr
    assert Policy.load(tmp_path / 'out', device='cpu').config.name == 'pi0_plus-paligemma-tiny'


def test_the_command_says_in_a_line_what_is_wrong(tmp_path):
    failed = command(tmp_path / 'nowhere', tmp_path / 'out')
    assert failed.returncode == 1
    assert 'is neither a folder nor a .pt file' in failed.stderr
    assert 'Traceback' not in failed.stderr


def test_the_control_rate_is_the_data_set_s(openvla, tmp_path):
    pretrained = open_pretrained(openvla[0])
    rates = [
        convert(pretrained, tmp_path / dataset, dataset=dataset).control_rate_hz
        for dataset in ('bridge_orig', 'fractal20220817_data')
    ]
    assert rates == [5.0, 3.0]


def test_an_unknown_control_rate_must_be_given(tmp_path):
    write_openvla(tmp_path / 'source', statistics={'kuka': STATISTICS['bridge_orig']})
    pretrained = open_pretrained(tmp_path / 'source')
    with pytest.raises(CannotConvert, match=r"control rate of data set 'kuka' .* --control-rate"):
        convert(pretrained, tmp_path / 'out')
    assert convert(pretrained, tmp_path / 'out', control_rate_hz=10.0).control_rate_hz == 10.0


def test_a_folder_with_more_than_a_checkpoint_is_not_replaced(paligemma, tmp_path):
    pretrained = open_pretrained(paligemma[0])
    convert(pretrained, tmp_path / 'out')
    (tmp_path / 'out' / 'runs').mkdir()
    with pytest.raises(CannotConvert, match=r"holds more than a checkpoint: \['runs'\]"):
        convert(pretrained, tmp_path / 'out', overwrite=True)
    assert (tmp_path / 'out' / 'runs').is_dir()


def test_an_unsuited_tokenizer_is_refused_before_anything_is_written(
    paligemma, tmp_path, grouped_digits_tokenizer
):
    roles = {
        role: t for role, t in grouped_digits_tokenizer.special_tokens.items() if role != 'image'
    }
    TextTokenizer(grouped_digits_tokenizer.tokenizer, roles).save(paligemma[0])
    with pytest.raises(TokenizerUnsuited, match='merges digits'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_a_pt_file_is_found_from_within_its_folder(prismatic, tmp_path, monkeypatch):
    monkeypatch.chdir(prismatic[0] / 'checkpoints')
    assert open_pretrained(Path('latest-checkpoint.pt'), tokenizer=tmp_path).name == 'prism-tiny'


@pytest.mark.parametrize('content', [None, 3])
def test_a_pt_file_whose_model_is_no_dictionary_is_refused(prismatic, tmp_path, content):
    torch.save({'model': content}, prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt')
    with pytest.raises(WeightsUnreadable, match=r"'model' is .*, expected weights by name"):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_what_is_no_tensor_in_a_pt_file_is_named(prismatic, tmp_path):
    torch.save(
        {'model': {'projector': {'0.bias': [1.0], '0.weight': torch.ones(2), '2.bias': 3}}},
        prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt',
    )
    with pytest.raises(
        WeightsUnreadable, match=r'no tensors: projector.0.bias \(list\), projector.2.bias \(int\)'
    ):
        open_pretrained(prismatic[0], tokenizer=tmp_path)
