# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Complete and broken checkpoint folders."""

import json
import pickle

import pytest
from safetensors.torch import load_file, save_file
import torch

from genvla_policy import CheckpointMismatch, Policy
from genvla_policy.checkpoint.folder import FILES, Checkpoint, save_checkpoint
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint

PROJECTOR = 'network.multi_modal_projector.linear.weight'
NORM = 'network.language_model.norm.weight'


@pytest.fixture
def copy(edit_config):
    return edit_config()


def edit_weights(folder, edit):
    weights = load_file(folder / 'model.safetensors')
    edit(weights)
    save_file(weights, folder / 'model.safetensors')


def test_a_checkpoint_contains_exactly_the_documented_files(tiny_folder):
    assert sorted(path.name for path in tiny_folder.iterdir()) == sorted(FILES)


def test_a_saved_checkpoint_loads_with_equal_weights(tiny_policy, tiny_folder, tmp_path):
    opened = Checkpoint.open(tiny_folder)
    save_checkpoint(
        tmp_path,
        config=opened.config,
        weights=tiny_policy.model.state_dict(),
        tokenizer=opened.tokenizer,
        statistics=opened.statistics,
        card='# again',
    )
    again = Policy.load(tmp_path, device='cpu')
    assert again.config == tiny_policy.config
    weights = tiny_policy.model.state_dict()
    assert again.model.state_dict().keys() == weights.keys()
    for name, weight in again.model.state_dict().items():
        assert torch.equal(weight, weights[name]), name


def test_the_same_seed_writes_the_same_weights(tiny_folder, tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config(horizon=2), seed=0)
    ours, theirs = ((f / 'model.safetensors').read_bytes() for f in (tmp_path, tiny_folder))
    assert ours == theirs


def test_a_folder_that_does_not_exist_is_rejected(tmp_path):
    with pytest.raises(CheckpointMismatch, match='is not a folder'):
        Policy.load(tmp_path / 'nowhere')


@pytest.mark.parametrize('name', FILES)
def test_a_missing_file_is_named_with_the_present_ones(copy, name):
    (copy / name).unlink()
    with pytest.raises(CheckpointMismatch, match=rf"lacks \['{name}'\]; it contains \["):
        Policy.load(copy)


def test_missing_unexpected_and_misshapen_weights_are_all_named(copy):
    def edit(weights):
        del weights[NORM]
        weights['adapter'] = torch.zeros(1)
        weights[PROJECTOR] = torch.zeros(3, 4)

    edit_weights(copy, edit)
    with pytest.raises(CheckpointMismatch) as refusal:
        Policy.load(copy)
    message = str(refusal.value)
    assert f'1 missing: {NORM}' in message
    assert '1 unexpected: adapter' in message
    assert f'1 misshapen: {PROJECTOR} is (3, 4), the model needs (192, 384)' in message


def test_a_weight_that_is_not_finite_is_rejected(copy):
    edit_weights(copy, lambda weights: weights[NORM].fill_(float('nan')))
    with pytest.raises(CheckpointMismatch, match=f'1 weights are not finite in float32: {NORM}'):
        Policy.load(copy)


def test_truncated_weights_are_rejected(copy):
    path = copy / 'model.safetensors'
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointMismatch, match='is not a complete safetensors file'):
        Policy.load(copy)


def test_a_pickle_in_place_of_the_weights_is_rejected(copy):
    (copy / 'model.safetensors').write_bytes(pickle.dumps({'weight': 1}))
    with pytest.raises(CheckpointMismatch, match='is not a complete safetensors file'):
        Policy.load(copy)


@pytest.mark.parametrize(
    ('depth', 'missing', 'listed', 'more'), [(4, 9, 9, ''), (10, 63, 50, ' and 13 more')]
)
def test_the_weights_that_a_deeper_model_lacks_are_listed(
    edit_config, depth, missing, listed, more
):
    dimensions = json.loads(tiny_config().to_json())['dimensions']
    dimensions['text']['depth'] = depth
    folder = edit_config(dimensions=dimensions)
    with pytest.raises(CheckpointMismatch, match=rf'{missing} missing: .*{more}$') as refusal:
        Policy.load(folder, device='cpu')
    assert str(refusal.value).count('network.language_model.layers.') == listed


def test_an_unsupported_configuration_is_rejected_with_its_file(edit_config):
    with pytest.raises(CheckpointMismatch, match=r"config.json: family is 'rt2'"):
        Policy.load(edit_config(family='rt2'))


def test_statistics_without_the_data_set_are_rejected(edit_config):
    with pytest.raises(CheckpointMismatch, match=r"statistics.json: .*'fractal'; available"):
        Policy.load(edit_config(dataset='fractal'))


@pytest.mark.parametrize('text', ['[]', '{', '{"bridge_orig": 3}', '{"bridge_orig": {}}'])
def test_statistics_of_another_layout_are_rejected(copy, text):
    (copy / 'dataset_statistics.json').write_text(text)
    with pytest.raises(CheckpointMismatch, match=r'dataset_statistics\.json'):
        Policy.load(copy)


def test_statistics_of_another_length_are_rejected(copy):
    action = {'q01': [0.0] * 8, 'q99': [1.0] * 8}
    text = json.dumps({'bridge_orig': {'action': action}})
    (copy / 'dataset_statistics.json').write_text(text)
    with pytest.raises(CheckpointMismatch, match='7 action dimensions'):
        Policy.load(copy)


def test_a_broken_tokenizer_is_rejected(copy):
    (copy / 'tokenizer.json').write_text('{}')
    with pytest.raises(CheckpointMismatch, match=r'tokenizer\.json'):
        Policy.load(copy)


def test_a_tokenizer_without_its_special_tokens_is_rejected(copy):
    (copy / 'tokenizer_config.json').write_text('{"eos_token": "<eos>"}')
    with pytest.raises(CheckpointMismatch, match="no 'bos' token"):
        Policy.load(copy)
