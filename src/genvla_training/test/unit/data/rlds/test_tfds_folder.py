# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The JSON files and shards of a TFDS folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.rlds import open_rlds


def test_a_missing_shard_is_named(rlds_bridge, rlds_shard):
    rlds_shard(rlds_bridge, 1, 2).unlink()
    with pytest.raises(BadData, match=r"lacks 1 of the 2 files.*00001-of-00002'\]; download"):
        open_rlds(rlds_bridge)


def test_a_missing_split_is_refused_with_the_available_ones(rlds_bridge):
    with pytest.raises(BadData, match=r"no split 'val'; available: \['train'\]"):
        open_rlds(rlds_bridge, split='val')


def test_a_missing_feature_is_refused_with_the_available_ones(tmp_path, rlds_write, rlds_episode):
    shapes = dict.fromkeys(rlds_episode(), ())
    del shapes['steps/observation/image_0']
    folder = rlds_write(tmp_path, [[rlds_episode()]], shapes=shapes)
    with pytest.raises(BadData, match=r"lacks the features .*image_0'\]; available: .*image_1"):
        open_rlds(folder)


@pytest.mark.parametrize('file', ['dataset_info.json', 'features.json'])
@pytest.mark.parametrize('text', ['', '[]', '{}', '{"name": "x", "splits": 3}'])
def test_json_with_another_structure_is_refused(rlds_bridge, file, text):
    (rlds_bridge / file).write_text(text)
    with pytest.raises(BadData, match=file):
        open_rlds(rlds_bridge)


def test_a_folder_without_a_data_set_is_refused(tmp_path):
    with pytest.raises(BadData, match='0 version folders with one'):
        open_rlds(Path(tmp_path))
    with pytest.raises(BadData, match='nothing does not exist'):
        open_rlds(tmp_path / 'nothing')
