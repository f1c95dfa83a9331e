# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of a published model to a checkpoint folder, and the command."""

import shutil
import subprocess
import sys

import pytest
from safetensors.torch import load_file
import torch

from genvla_policy import Policy
from genvla_policy.action_text.spelling import TokenizerUnsuited
from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.checkpoint.safetensors_folder import write_safetensors
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import CannotConvert
from genvla_policy.text.tokenizer import TextTokenizer

TOKENIZER = build_tiny_tokenizer(prompt_tags=False)
PROMPT = TOKENIZER.encode('what is this?\n')


def command(*args):
    return subprocess.run(
        [sys.executable, '-m', 'genvla_policy.pretrained.convert', *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_paligemma_positions_start_at_1_and_llama_positions_at_0(
    our_logits, paligemma, openvla, tmp_path, converted, pixels
):
    for source, first in ((paligemma[0], 1), (openvla[0], 0)):
        model = converted(source, tmp_path / f'from_{first}').model
        seen = []
        model.trunk.rotary_emb.register_forward_pre_hook(
            lambda module, args, kwargs, seen=seen: seen.append(kwargs['position_ids']),
            with_kwargs=True,
        )
        our_logits(model, pixels, PROMPT, [])
        assert int(seen[0][0, 0]) == first


def test_all_statistics_are_carried_over_and_one_data_set_is_chosen(
    openvla, tmp_path, two_datasets
):
    convert(open_pretrained(openvla[0]), tmp_path / 'a')
    convert(open_pretrained(openvla[0]), tmp_path / 'b', dataset='fractal20220817_data')
    a, b = (Checkpoint.open(tmp_path / name) for name in 'ab')
    assert a.statistics == b.statistics == two_datasets
    assert (a.config.dataset, b.config.dataset) == ('bridge_orig', 'fractal20220817_data')


def test_the_action_expert_is_random_and_has_a_seed(paligemma, tmp_path, converted):
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


def test_a_weight_that_is_not_finite_is_rejected_and_no_output_remains(
    paligemma, tmp_path, edit_weights
):
    source, _ = paligemma
    name = 'language_model.model.norm.weight'
    edit_weights(source, lambda weights: weights[name].fill_(float('nan')))
    with pytest.raises(
        CannotConvert, match=r'language_model\.norm\.weight has values that are not'
    ):
        convert(open_pretrained(source), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_invalid_statistics_are_rejected_before_anything_is_written(tmp_path, write_openvla):
    write_openvla(tmp_path / 'source', statistics={'bridge_orig': 3})
    with pytest.raises(CannotConvert, match="statistics of data set 'bridge_orig': "):
        convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_weights_that_overflow_in_the_dtype_are_rejected(paligemma, tmp_path, edit_weights):
    source, _ = paligemma
    edit_weights(source, lambda w: w['language_model.model.norm.weight'].fill_(1e30))
    with pytest.raises(CannotConvert, match='choose another --dtype'):
        convert(open_pretrained(source), tmp_path / 'out', dtype=torch.float16)


def test_a_checkpoint_is_replaced_only_with_force(paligemma, tmp_path):
    (tmp_path / 'out').mkdir()
    pretrained = open_pretrained(paligemma[0])
    convert(pretrained, tmp_path / 'out')
    with pytest.raises(CannotConvert, match='already exists'):
        convert(pretrained, tmp_path / 'out', system='pi0_s')
    convert(pretrained, tmp_path / 'out', system='pi0_s', overwrite=True)
    assert Policy.load(tmp_path / 'out', device='cpu').config.encoders == 'single'


def test_a_folder_that_is_not_a_checkpoint_is_never_replaced(paligemma):
    source, _ = paligemma
    with pytest.raises(
        CannotConvert, match=r'is not replaced, because it may not be a checkpoint'
    ):
        convert(open_pretrained(source), source, overwrite=True)
    assert (source / 'model.safetensors').is_file()


def test_a_disk_without_enough_space_is_rejected_at_once(paligemma, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: usage)
    with pytest.raises(CannotConvert, match=r'0\.0 GB free, but the checkpoint needs 0\.\d GB'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_a_disk_that_corrupts_written_data_is_detected(
    paligemma, tmp_path, monkeypatch, edit_weights
):
    def damage(folder, *args, **settings):
        write_safetensors(folder, *args, **settings)
        edit_weights(folder, lambda w: w['network.multi_modal_projector.linear.bias'].add_(1))

    monkeypatch.setattr('genvla_policy.pretrained.convert.write_safetensors', damage)
    with pytest.raises(CannotConvert, match=r'linear\.bias reads back differently'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))


def test_the_command_converts_and_shows_progress(paligemma, tmp_path):
    done = command(paligemma[0], tmp_path / 'out', '--system', 'pi0_plus', '--dtype', 'bfloat16')
    assert done.returncode == 0, done.stderr
    assert "PaliGemma in the Hub's layout" in done.stdout
    assert 'not trained on robot data yet' in done.stdout
    assert f"Policy.load('{tmp_path / 'out'}')" in done.stdout
    assert 'writing: 100%' in done.stderr
    assert 'verifying: 100%' in done.stderr
    assert Policy.load(tmp_path / 'out', device='cpu').config.name == 'pi0_plus-paligemma-tiny'


def test_the_command_reports_an_error_in_one_line(tmp_path):
    failed = command(tmp_path / 'nowhere', tmp_path / 'out')
    assert failed.returncode == 1
    assert 'is neither a folder nor a .pt file' in failed.stderr
    assert 'Traceback' not in failed.stderr


def test_a_folder_with_more_than_a_checkpoint_is_not_replaced(paligemma, tmp_path):
    pretrained = open_pretrained(paligemma[0])
    convert(pretrained, tmp_path / 'out')
    (tmp_path / 'out' / 'runs').mkdir()
    with pytest.raises(CannotConvert, match=r"contains more than a checkpoint: \['runs'\]"):
        convert(pretrained, tmp_path / 'out', overwrite=True)
    assert (tmp_path / 'out' / 'runs').is_dir()


def test_an_unsuitable_tokenizer_is_rejected_before_anything_is_written(
    paligemma, tmp_path, grouped_digits_tokenizer
):
    roles = {
        role: t for role, t in grouped_digits_tokenizer.special_tokens.items() if role != 'image'
    }
    TextTokenizer(grouped_digits_tokenizer.tokenizer, roles).save(paligemma[0])
    with pytest.raises(TokenizerUnsuited, match='merges digits'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    assert not list(tmp_path.glob('out*'))
