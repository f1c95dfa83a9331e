# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of OpenVLA in the Hub's layout and of Prismatic's training runs."""

import json
import re

import numpy as np
import pytest
from safetensors.torch import load_file
import torch

from genvla_policy import Observation, Policy
from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import NotAModel
from genvla_policy.text.tokenizer import PROMPT_TAGS

TOKENIZER = build_tiny_tokenizer(prompt_tags=False)
PROMPT = TOKENIZER.encode('what is this?\n')


@pytest.mark.parametrize('system', ['openvla', 'openvla_plus'])
def test_openvla_from_the_hub_matches_the_upstream_logits(
    our_logits, openvla, tmp_path, system, converted, pixels
):
    source, reference = openvla
    policy = converted(source, tmp_path / 'out', system)
    expected = reference.logits(pixels, PROMPT)
    torch.testing.assert_close(
        our_logits(policy.model, pixels, PROMPT, [])[0], expected, atol=2e-5, rtol=0.0
    )


def test_a_prismatic_run_matches_the_upstream_logits(
    our_logits, prismatic, tmp_path, converted, pixels
):
    source, reference = prismatic
    policy = converted(source, tmp_path / 'out', tokenizer=tmp_path)
    expected = reference.logits(pixels, PROMPT)
    torch.testing.assert_close(
        our_logits(policy.model, pixels, PROMPT, [])[0], expected, atol=2e-5, rtol=0.0
    )


def test_a_run_with_frozen_encoders_matches_the_upstream_logits_with_timm_encoders(
    our_logits, frozen_run, tmp_path, pixels
):
    run, reference, vision = frozen_run
    convert(open_pretrained(run, tokenizer=tmp_path, vision=vision), tmp_path / 'out')
    ours = our_logits(Policy.load(tmp_path / 'out', device='cpu').model, pixels, PROMPT, [])[0]
    torch.testing.assert_close(ours, reference.logits(pixels, PROMPT), atol=2e-5, rtol=0.0)


def test_dinov2_positions_are_resampled_to_siglip_patches(frozen_run, tmp_path, edit_weights):
    run, _, vision = frozen_run
    edit_weights(
        vision[0], lambda weights: weights.update(pos_embed=torch.full((1, 36, 128), 3.0))
    )
    convert(open_pretrained(run, tokenizer=tmp_path, vision=vision), tmp_path / 'out')
    weights = load_file(tmp_path / 'out' / 'model.safetensors')
    positions = weights['vision.towers.dino.dino.embeddings.position_embeddings']
    torch.testing.assert_close(positions[:, 1:], torch.full((1, 16, 128), 3.0))


def test_a_prismatic_vlm_from_the_hub_has_the_layout_of_openvla(
    our_logits, tmp_path, write_openvla, converted, pixels
):
    reference = write_openvla(tmp_path / 'source', statistics={}, model_type='prismatic')
    policy = converted(tmp_path / 'source', tmp_path / 'out')
    expected = reference.logits(pixels, PROMPT)
    torch.testing.assert_close(
        our_logits(policy.model, pixels, PROMPT, [])[0], expected, atol=2e-5, rtol=0.0
    )
    assert not policy.config.trained


def test_the_epsilon_of_the_norms_is_that_of_the_source(openvla, prismatic, tmp_path, converted):
    hub = converted(openvla[0], tmp_path / 'a').config.dimensions.text.norm_eps
    run = converted(
        prismatic[0], tmp_path / 'b', tokenizer=tmp_path
    ).config.dimensions.text.norm_eps
    assert (hub, run) == (1e-6, 1e-5)


def test_the_authors_checkpoint_keeps_its_format_and_its_prompt(
    tmp_path, write_openvla, converted
):
    write_openvla(tmp_path / 'openvla-7b', extra_tokens=['<PAD>', *PROMPT_TAGS])
    policy = converted(tmp_path / 'openvla-7b', tmp_path / 'out')
    config = policy.config
    assert (config.encoders, config.action_format, config.trained) == ('dual', 'paper', True)
    assert config.prompt('Pick UP').startswith('In: <VLA_PROMPT> What action')
    assert config.question('where?') == 'In: <VLM_PROMPT> where?\nOut:'
    picture = np.zeros((56, 56, 3), dtype=np.uint8)
    chunk = policy.infer(Observation((picture,), 'pick up the carrot', 0.0))
    assert re.fullmatch(r'(-?\d\.\d{1,4},){7}', chunk.text)


def test_the_authors_checkpoint_can_use_the_prompt_of_their_evaluation(tmp_path, write_openvla):
    write_openvla(tmp_path / 'source', extra_tokens=['<PAD>', *PROMPT_TAGS])
    pretrained = open_pretrained(tmp_path / 'source')
    config = convert(pretrained, tmp_path / 'out', tag_robot_prompt=False)
    assert config.prompt('pick up') == 'In: What action should the robot take to pick up?\nOut:'
    assert config.question('where?') == 'In: <VLM_PROMPT> where?\nOut:'
    assert config.trained


def test_a_released_openvla_keeps_its_own_prompts(openvla, tmp_path, converted):
    policy = converted(openvla[0], tmp_path / 'out')
    assert policy.config.prompt('go') == 'In: What action should the robot take to go?\nOut:'
    assert policy.config.question('where?') == 'In: where?\nOut:'
    assert not set(PROMPT_TAGS) & set(Checkpoint.open(tmp_path / 'out').tokenizer.vocabulary)


def test_an_untagged_model_gets_the_prompt_tags_on_spare_rows(openvla, tmp_path):
    config = convert(open_pretrained(openvla[0]), tmp_path / 'out', system='openvla_plus')
    tokenizer = Checkpoint.open(tmp_path / 'out').tokenizer
    # Source: llama2.py of the authors: <PAD> first, then the tags; Llama has 32000 tokens.
    assert [tokenizer.vocabulary[tag] for tag in PROMPT_TAGS] == [1024, 1025, 1026]
    assert tokenizer.vocabulary['<VLA_PROMPT>'] in tokenizer.encode(config.prompt('go'))
    assert not config.trained


def test_a_tokenizer_without_padding_gets_the_prismatic_pad_token_before_the_tags(
    tmp_path, write_prismatic, save_tokenizer
):
    write_prismatic(tmp_path / 'run')
    save_tokenizer(tmp_path)
    settings = json.loads((tmp_path / 'tokenizer_config.json').read_text())
    del settings['pad_token']
    (tmp_path / 'tokenizer_config.json').write_text(json.dumps(settings))
    convert(open_pretrained(tmp_path / 'run', tokenizer=tmp_path), tmp_path / 'out')
    tokenizer = Checkpoint.open(tmp_path / 'out').tokenizer
    assert tokenizer.special_id('pad') == 1024
    assert [tokenizer.vocabulary[tag] for tag in PROMPT_TAGS] == [1025, 1026, 1027]


def test_rotary_frequencies_of_older_files_are_ignored(openvla, tmp_path, edit_weights):
    name = 'language_model.model.layers.1.self_attn.rotary_emb.inv_freq'
    edit_weights(openvla[0], lambda weights: weights.update({name: torch.ones(8)}))
    convert(open_pretrained(openvla[0]), tmp_path / 'out')
    assert not any(
        'inv_freq' in name for name in load_file(tmp_path / 'out' / 'model.safetensors')
    )


def test_the_statistics_of_a_fine_tuned_model_replace_those_of_its_base(openvla, two_datasets):
    source, _ = openvla
    own = {'my_robot': two_datasets['bridge_orig']}
    (source / 'dataset_statistics.json').write_text(json.dumps(own))
    assert open_pretrained(source).statistics == own


@pytest.mark.parametrize('own', ['{}', None])
def test_an_openvla_without_statistics_is_rejected(tmp_path, own, write_openvla, two_datasets):
    write_openvla(tmp_path / 'source', statistics=two_datasets if own else {})
    if own:
        (tmp_path / 'source' / 'dataset_statistics.json').write_text(own)
    with pytest.raises(NotAModel, match=r'neither dataset_statistics.json nor norm_stats'):
        open_pretrained(tmp_path / 'source')


def test_a_robot_trained_run_without_statistics_is_rejected(
    tmp_path, save_tokenizer, write_prismatic
):
    save_tokenizer(tmp_path)
    write_prismatic(tmp_path / 'run', kind='vla')
    (tmp_path / 'run' / 'dataset_statistics.json').unlink()
    with pytest.raises(NotAModel, match=r'run: neither dataset_statistics.json nor norm_stats'):
        open_pretrained(tmp_path / 'run', tokenizer=tmp_path)


def test_a_model_with_the_oft_action_head_is_rejected(openvla):
    source, _ = openvla
    (source / 'action_head--150000_checkpoint.pt').write_bytes(b'')
    with pytest.raises(NotAModel, match=r'action_head--150000_checkpoint.pt.*OpenVLA-OFT'):
        open_pretrained(source)


def test_a_robot_trained_run_keeps_its_statistics(
    tmp_path, save_tokenizer, write_prismatic, converted
):
    save_tokenizer(tmp_path)
    write_prismatic(tmp_path / 'run', kind='vla')
    config = converted(tmp_path / 'run', tmp_path / 'out', tokenizer=tmp_path).config
    assert (config.action_head, config.trained, config.dataset) == ('bins', True, 'bridge_orig')


def test_the_bins_end_before_the_padding_of_the_vocabulary(openvla, tmp_path, converted):
    assert converted(openvla[0], tmp_path / 'out').config.dimensions.bins_end == 1024


def test_a_run_without_vision_encoders_names_the_ones_to_download(frozen_run, tmp_path):
    with pytest.raises(NotAModel, match=r'no vision encoders: .* timm/vit_large.* --vision'):
        open_pretrained(frozen_run[0], tokenizer=tmp_path)


def test_vision_encoders_in_the_wrong_order_are_rejected(frozen_run, tmp_path):
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
def test_vision_encoders_that_prismatic_was_not_trained_with_are_rejected(
    frozen_run, tmp_path, tower, architecture, tag
):
    run, _, vision = frozen_run
    config = {'architecture': architecture, 'pretrained_cfg': {'tag': tag}}
    (vision[tower] / 'config.json').write_text(json.dumps(config))
    with pytest.raises(NotAModel, match=rf'is {architecture}\.{tag}; Prismatic .* timm/vit_'):
        open_pretrained(run, tokenizer=tmp_path, vision=vision)


def test_the_vision_encoders_of_prismatic_are_recognised_by_their_config(frozen_run, tmp_path):
    run, _, (dino, siglip) = frozen_run
    for folder, architecture, tag in (
        (dino, 'vit_large_patch14_reg4_dinov2', 'lvd142m'),
        (siglip, 'vit_so400m_patch14_siglip_224', 'webli'),
    ):
        config = {'architecture': architecture, 'pretrained_cfg': {'tag': tag}}
        (folder / 'config.json').write_text(json.dumps(config))
    assert open_pretrained(run, tokenizer=tmp_path, vision=(dino, siglip)).family == 'openvla'


@pytest.mark.parametrize(
    ('kind', 'key', 'value'),
    [
        ('model', 'vision_backbone_id', 'siglip-vit-so400m'),
        ('model', 'image_resize_strategy', 'letterbox'),
        ('model', 'arch_specifier', 'no-align+gelu-mlp'),
        ('vla', 'base_vlm', 'siglip-224px+7b'),
    ],
)
def test_a_run_of_another_architecture_is_rejected(prismatic, tmp_path, kind, key, value):
    (prismatic[0] / 'config.json').write_text(json.dumps({kind: {key: value}}))
    with pytest.raises(NotAModel, match=re.escape(f"{key} is '{value}'; supported")):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_another_vision_backbone_is_rejected(tmp_path, write_openvla):
    write_openvla(tmp_path / 'source', vision_backbone_id='siglip-vit-so400m')
    with pytest.raises(NotAModel, match="backbone_id is 'siglip-vit-so400m'; supported"):
        open_pretrained(tmp_path / 'source')
