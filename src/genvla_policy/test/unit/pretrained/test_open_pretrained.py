# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Published models are recognised by the files in their folder."""

import json
from pathlib import Path

import pytest
import torch

from genvla_policy.checkpoint.safetensors_folder import WeightsUnreadable
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import NotAModel


@pytest.mark.parametrize(
    ('kind', 'config', 'complaint'),
    [
        ('paligemma', {'model_type': 'paligemma', 'text_config': 3}, "field 'text_config'"),
        ('openvla', {'model_type': 'openvla', 'text_config': None}, 'must be a mapping'),
        ('openvla', {'model_type': 'openvla', 'norm_stats': 3}, 'not iterable'),
        ('prismatic', {'vla': 'prism-dinosiglip-224px+7b'}, 'instead of an object'),
    ],
)
def test_a_config_of_the_wrong_kind_is_rejected(
    request, tmp_path, kind, config, complaint, save_tokenizer
):
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
def test_a_weight_without_dimensions_is_rejected(request, kind, name, edit_weights):
    source, _ = request.getfixturevalue(kind)
    edit_weights(source, lambda weights: weights.update({name: torch.tensor(1.0)}))
    with pytest.raises(NotAModel, match=r'have no matrix|too few dimensions'):
        open_pretrained(source)


@pytest.mark.parametrize('file', ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
def test_a_missing_file_is_named(paligemma, file):
    (paligemma[0] / file).unlink()
    with pytest.raises(NotAModel, match=file):
        open_pretrained(paligemma[0])


@pytest.mark.parametrize('role', ['bos', 'eos', 'pad'])
def test_a_missing_special_token_is_named(paligemma, role):
    source, _ = paligemma
    settings = json.loads((source / 'tokenizer_config.json').read_text())
    del settings[f'{role}_token']
    (source / 'tokenizer_config.json').write_text(json.dumps(settings))
    with pytest.raises(NotAModel, match=rf"lacks \['{role}_token'\]; it has"):
        open_pretrained(source)


@pytest.mark.parametrize('file', ['tokenizer.json', 'checkpoints/latest-checkpoint.pt'])
def test_a_git_lfs_pointer_is_recognised(prismatic, tmp_path, file, save_tokenizer):
    save_tokenizer(prismatic[0])
    (prismatic[0] / file).write_text('version https://git-lfs.github.com/spec/v1\nsize 1\n')
    with pytest.raises(WeightsUnreadable, match=rf'{file} is a Git LFS pointer'):
        open_pretrained(prismatic[0])


def test_missing_weights_are_named(paligemma):
    (paligemma[0] / 'model.safetensors').unlink()
    with pytest.raises(WeightsUnreadable, match=r'neither model.safetensors nor'):
        open_pretrained(paligemma[0])


def test_a_prismatic_run_needs_a_tokenizer(prismatic):
    with pytest.raises(NotAModel, match=r'Prismatic runs have no tokenizer: .* --tokenizer'):
        open_pretrained(prismatic[0])


@pytest.mark.parametrize('kind', ['prismatic', 'openvla'])
def test_vision_encoders_are_rejected_for_a_model_with_its_own(request, tmp_path, kind):
    source, _ = request.getfixturevalue(kind)
    with pytest.raises(NotAModel, match='omit --vision'):
        open_pretrained(source, tokenizer=tmp_path, vision=(tmp_path, tmp_path))


def test_another_kind_of_model_is_rejected_with_its_kind(paligemma):
    (paligemma[0] / 'config.json').write_text('{"model_type": "qwen2_vl"}')
    with pytest.raises(NotAModel, match=r"model_type is 'qwen2_vl'.* supported are 'paligemma'"):
        open_pretrained(paligemma[0])


def test_a_pt_file_is_found_from_within_its_folder(prismatic, tmp_path, monkeypatch):
    monkeypatch.chdir(prismatic[0] / 'checkpoints')
    assert open_pretrained(Path('latest-checkpoint.pt'), tokenizer=tmp_path).name == 'prism-tiny'
