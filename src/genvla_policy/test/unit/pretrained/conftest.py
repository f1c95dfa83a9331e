# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Published layouts at tiny size, with random weights."""

from collections import OrderedDict
from dataclasses import replace
import functools
import json
import shutil

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

from genvla_policy import Policy
from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.models.dimensions import ExpertDimensions
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.text.tokenizer import TextTokenizer

TOKENIZER = build_tiny_tokenizer(prompt_tags=False)
BOS = TOKENIZER.special_id('bos')
PROMPT = TOKENIZER.encode('what is this?\n')
ROWS = 1024 + 64
STATISTICS = {
    'fractal20220817_data': BRIDGE_STATISTICS['bridge_orig'] | {'num_trajectories': 1},
    'bridge_orig': BRIDGE_STATISTICS['bridge_orig'],
}


def _save_tokenizer(folder, extra=()):
    """Write the tiny tokenizer as the Hub does: <image> is a token but has no role."""
    roles = {role: token for role, token in TOKENIZER.special_tokens.items() if role != 'image'}
    tokenizer = Tokenizer.from_str(TOKENIZER.tokenizer.to_str())
    tokenizer.add_tokens(list(extra))
    TextTokenizer(tokenizer, roles).save(folder)


def _write_paligemma(folder, *, prefixes='old'):
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
            'vocab_size': ROWS,
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
    _save_tokenizer(folder)
    return model


def paligemma_hub_name(name):
    name = name.removeprefix('model.')
    name = name.replace('vision_tower.', 'vision_tower.vision_model.', 1)
    return name.replace('language_model.', 'language_model.model.', 1)


def _timm_vit_weights(width, blocks, mlp_width, *, patches, registers=0, layer_scale=''):
    """Return random weights under timm's names."""
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
    """Return the second-to-last block's patch features, computed like timm in plain PyTorch."""
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
    """DINOv2, SigLIP, projector and Llama: their weights, and the logits of upstream."""

    def __init__(self, *, layer_scale, norm_eps=1e-6, llama_head_dim=16):
        torch.manual_seed(0)
        self.layer_scale = layer_scale
        self.dino = _timm_vit_weights(
            128, 3, 512, patches=16, registers=4, layer_scale=layer_scale
        )
        self.siglip = _timm_vit_weights(144, 3, 200, patches=16)
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
        """Return all weights, each part under a prefix."""
        weights = {dino + name: weight for name, weight in self.dino.items()}
        weights |= {siglip + name: weight for name, weight in self.siglip.items()}
        for prefix, layer in zip(projector, self.projector, strict=True):
            weights |= {prefix + name: w for name, w in layer.state_dict().items()}
        weights |= {llama + name: weight for name, weight in self.llama.state_dict().items()}
        return {name: weight.clone() for name, weight in weights.items()}

    @torch.no_grad()
    def logits(self, pixels, ids):
        """Return the logits at the last token."""
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


def _write_openvla(folder, *, extra_tokens=(), statistics=None, **config):
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
    _save_tokenizer(folder, extra_tokens)
    return model


def _write_prismatic(folder, *, kind='model'):
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
    # The config of a robot run names only the VLM that it started from.
    settings = {
        'model': {'vision_backbone_id': 'dinosiglip-vit-so-224px'},
        'vla': {'base_vlm': 'prism-dinosiglip-224px+7b'},
    }
    (folder / 'config.json').write_text(json.dumps({kind: settings[kind]}))
    if kind == 'vla':
        (folder / 'dataset_statistics.json').write_text(json.dumps(STATISTICS))
    return model


@pytest.fixture(scope='session')
def copy_of(tmp_path_factory):
    """Return a function that copies a published model, so that a test can edit it."""

    @functools.cache
    def written(write):
        folder = tmp_path_factory.mktemp('published') / 'model'
        return folder, write(folder)

    def copy(write, folder):
        source, model = written(write)
        shutil.copytree(source, folder)
        return folder, model

    return copy


@pytest.fixture
def paligemma(copy_of, tmp_path):
    return copy_of(_write_paligemma, tmp_path / 'paligemma-tiny')


@pytest.fixture
def openvla(copy_of, tmp_path):
    return copy_of(_write_openvla, tmp_path / 'openvla-tiny')


@pytest.fixture
def prismatic(copy_of, tmp_path):
    _save_tokenizer(tmp_path)
    return copy_of(_write_prismatic, tmp_path / 'prism-tiny')


@pytest.fixture
def frozen_run(prismatic, tmp_path):
    """Return a run without vision encoders, like the published ones, and timm's folders."""
    run, model = prismatic
    file = run / 'checkpoints' / 'latest-checkpoint.pt'
    content = torch.load(file, weights_only=True)
    del content['model']['vision_backbone']
    torch.save(content, file)
    for name, weights in (('dino', model.dino), ('siglip', model.siglip)):
        (tmp_path / name).mkdir()
        save_file(weights, tmp_path / name / 'model.safetensors')
    return run, model, (tmp_path / 'dino', tmp_path / 'siglip')


def _edit_weights(folder, edit):
    weights = load_file(folder / 'model.safetensors')
    edit(weights)
    save_file(weights, folder / 'model.safetensors')


def _converted(source, out, system='', *, tokenizer=None, **settings):
    """Convert with a small action expert, and load the result."""
    pretrained = open_pretrained(source, tokenizer=tokenizer)
    dimensions = replace(pretrained.dimensions, expert=ExpertDimensions(width=32, mlp_width=48))
    convert(pretrained, out, system=system, dimensions=dimensions, **settings)
    return Policy.load(out, device='cpu')


@torch.inference_mode()
def _paligemma_logits(model, pixels):
    ids = [TOKENIZER.special_id('image')] * 16 + [BOS, *PROMPT]
    return model(
        input_ids=torch.tensor([ids]),
        pixel_values=pixels,
        token_type_ids=torch.zeros(1, len(ids), dtype=torch.long),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
    ).logits[0, -1]


@pytest.fixture
def pixels():
    return torch.rand(1, 3, 56, 56, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture
def two_datasets():
    return STATISTICS


@pytest.fixture(scope='session')
def save_tokenizer():
    return _save_tokenizer


@pytest.fixture(scope='session')
def write_paligemma():
    return _write_paligemma


@pytest.fixture(scope='session')
def write_openvla():
    return _write_openvla


@pytest.fixture(scope='session')
def write_prismatic():
    return _write_prismatic


@pytest.fixture(scope='session')
def timm_vit_weights():
    return _timm_vit_weights


@pytest.fixture(scope='session')
def edit_weights():
    return _edit_weights


@pytest.fixture(scope='session')
def converted():
    return _converted


@pytest.fixture(scope='session')
def paligemma_logits():
    return _paligemma_logits
