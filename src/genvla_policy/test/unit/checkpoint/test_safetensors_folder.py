# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights in one file and in shards, and broken files."""

import json
import weakref

import numpy as np
import pytest
import torch

from genvla_policy.checkpoint.safetensors_folder import (
    SafetensorsFolder,
    WeightInfo,
    WeightsUnreadable,
    write_safetensors,
)

WEIGHTS = {
    'a.weight': torch.arange(6.0).reshape(2, 3),
    'b.weight': torch.arange(8, dtype=torch.bfloat16),
    'c.bias': torch.tensor(0.5),
    'd.weight': torch.arange(100.0),
}
INFOS = {name: WeightInfo.of(weight) for name, weight in WEIGHTS.items()}
INDEX = 'model.safetensors.index.json'


@pytest.fixture
def sharded(tmp_path):
    """Write three files: 'a' and 'b'; 'c'; 'd', which exceeds the maximum size of a file."""
    write_safetensors(tmp_path, INFOS, WEIGHTS.__getitem__, max_shard_bytes=40)
    return tmp_path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_few_weights_are_written_to_one_file(tmp_path):
    write_safetensors(tmp_path, INFOS, WEIGHTS.__getitem__)
    assert names_in(tmp_path) == ['model.safetensors']


def test_many_weights_are_written_to_shards_and_an_index(sharded):
    assert names_in(sharded) == [f'model-0000{i}-of-00003.safetensors' for i in (1, 2, 3)] + [
        INDEX
    ]
    index = json.loads((sharded / INDEX).read_text())
    assert index['metadata']['total_size'] == 24 + 16 + 4 + 400
    assert index['weight_map']['c.bias'] == 'model-00002-of-00003.safetensors'


@pytest.mark.parametrize('max_shard_bytes', [1, 40, 10_000])
def test_weights_round_trip_exactly(tmp_path, max_shard_bytes):
    write_safetensors(tmp_path, INFOS, WEIGHTS.__getitem__, max_shard_bytes=max_shard_bytes)
    folder = SafetensorsFolder(tmp_path)
    assert folder.infos == INFOS
    for name, weight in WEIGHTS.items():
        assert torch.equal(folder.read(name), weight)
        assert folder.read(name).dtype == weight.dtype


def test_at_most_one_shard_is_in_memory_while_writing(tmp_path):
    made, most = [], []

    def read(name):
        most.append(sum(memory() is not None for memory in made))
        # An array lives as long as any tensor that shares its memory.
        memory = np.zeros(10, dtype=np.float32)
        made.append(weakref.ref(memory))
        return torch.from_numpy(memory)

    infos = {f'w{i}': WeightInfo((10,), torch.float32) for i in range(50)}
    write_safetensors(tmp_path, infos, read, max_shard_bytes=80)
    assert max(most) == 1


@pytest.mark.parametrize(('before', 'after'), [(10_000, 40), (40, 10_000), (1, 40)])
def test_no_earlier_weights_are_left(tmp_path, before, after):
    old = {name: torch.zeros_like(weight) for name, weight in WEIGHTS.items()}
    write_safetensors(tmp_path, INFOS, old.__getitem__, max_shard_bytes=before)
    write_safetensors(tmp_path, INFOS, WEIGHTS.__getitem__, max_shard_bytes=after)
    fresh = tmp_path / 'fresh'
    fresh.mkdir()
    write_safetensors(fresh, INFOS, WEIGHTS.__getitem__, max_shard_bytes=after)
    assert [name for name in names_in(tmp_path) if name != 'fresh'] == names_in(fresh)
    assert torch.equal(SafetensorsFolder(tmp_path).read('d.weight'), WEIGHTS['d.weight'])


def test_incompletely_written_weights_do_not_look_complete(tmp_path):
    def read(name):
        if name == 'd.weight':
            raise KeyboardInterrupt
        return WEIGHTS[name]

    with pytest.raises(KeyboardInterrupt):
        write_safetensors(tmp_path, INFOS, read, max_shard_bytes=40)
    with pytest.raises(WeightsUnreadable, match='contains neither'):
        SafetensorsFolder(tmp_path)


def test_the_files_are_readable_by_everyone(sharded):
    modes = {path.stat().st_mode & 0o777 for path in sharded.glob('*.safetensors')}
    assert modes == {0o644}


def test_a_weight_of_another_shape_than_expected_is_rejected(tmp_path):
    with pytest.raises(ValueError, match=r'a.weight is .*shape=\(3,\).* expected'):
        write_safetensors(tmp_path, INFOS, lambda name: torch.zeros(3))


def test_a_missing_shard_is_named(sharded):
    (sharded / 'model-00002-of-00003.safetensors').unlink()
    with pytest.raises(WeightsUnreadable, match=r'lacks 1 of 3 files .*model-00002-of-00003'):
        SafetensorsFolder(sharded)


def test_a_truncated_shard_is_named(sharded):
    path = sharded / 'model-00003-of-00003.safetensors'
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsUnreadable, match=r'model-00003-of-00003.* is not a complete'):
        SafetensorsFolder(sharded)


def test_a_git_lfs_pointer_is_recognised(sharded):
    (sharded / 'model-00001-of-00003.safetensors').write_text(
        'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'
    )
    with pytest.raises(WeightsUnreadable, match='run `git lfs pull`'):
        SafetensorsFolder(sharded)


def test_a_weight_that_is_missing_from_its_indexed_file_is_named(sharded):
    index = json.loads((sharded / INDEX).read_text())
    index['weight_map']['e.weight'] = 'model-00002-of-00003.safetensors'
    (sharded / INDEX).write_text(json.dumps(index))
    with pytest.raises(WeightsUnreadable, match=r"lacks \['e.weight'\], which"):
        SafetensorsFolder(sharded)


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"weight_map": 3}'])
def test_a_broken_index_is_rejected(sharded, text):
    (sharded / INDEX).write_text(text)
    with pytest.raises(WeightsUnreadable, match='is not an index'):
        SafetensorsFolder(sharded)


def test_a_folder_without_weights_is_rejected_with_its_contents(tmp_path):
    (tmp_path / 'pytorch_model.bin').touch()
    with pytest.raises(WeightsUnreadable, match=r"neither .* it contains \['pytorch_model.bin'\]"):
        SafetensorsFolder(tmp_path)
