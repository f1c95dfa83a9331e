# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot import merge, open_lerobot
from genvla_training.data.lerobot.layout import FileSizes


@pytest.fixture
def parts(tmp_path, lerobot_write, lerobot_episodes):
    first = lerobot_write(tmp_path / 'first', lerobot_episodes[:1])
    return [first, lerobot_write(tmp_path / 'second', lerobot_episodes[1:])]


def test_merged_parts_equal_a_single_written_data_set(tmp_path, parts, lerobot_v3):
    merge(parts, tmp_path / 'all')
    merged, at_once = open_lerobot(tmp_path / 'all'), open_lerobot(lerobot_v3)
    assert merged.lengths_E.tolist() == at_once.lengths_E.tolist()
    for index in (3, 0, 2, 1):
        found, expected = merged.read(index), at_once.read(index)
        assert found.instruction == expected.instruction
        np.testing.assert_array_equal(found.actions_TA, expected.actions_TA)
        error = np.abs(np.stack(found.frames).astype(int) - np.stack(expected.frames))
        assert error.mean() < 3


def test_merged_statistics_equal_those_of_a_single_data_set(tmp_path, parts, lerobot_v3):
    merge(parts, tmp_path / 'all')
    found, expected = (
        json.loads((folder / 'meta/stats.json').read_text())
        for folder in (tmp_path / 'all', lerobot_v3)
    )
    assert found.keys() == expected.keys()
    for key, statistics in expected.items():
        for name, values in statistics.items():
            np.testing.assert_allclose(found[key][name], values, atol=1e-9, err_msg=key)


def test_merged_info_equals_that_of_a_single_data_set(tmp_path, parts, lerobot_v3):
    merge(parts, tmp_path / 'all')
    found, expected = (
        json.loads((folder / 'meta/info.json').read_text())
        for folder in (tmp_path / 'all', lerobot_v3)
    )
    assert found == expected


def test_videos_are_copied_unchanged(tmp_path, parts):
    merge(parts, tmp_path / 'all', sizes=FileSizes(chunk_files=1))
    videos = 'videos/observation.images.front'
    copy = tmp_path / 'all' / videos / 'chunk-001/file-000.mp4'
    original = parts[1] / videos / 'chunk-000/file-000.mp4'
    assert copy.read_bytes() == original.read_bytes()


def test_merging_merged_parts_again_changes_no_episode(tmp_path, parts):
    merge(parts, tmp_path / 'all')
    merge([tmp_path / 'all', parts[0]], tmp_path / 'more')
    dataset = open_lerobot(tmp_path / 'more')
    assert dataset.lengths_E.tolist() == [7, 1, 12, 9, 7]
    np.testing.assert_array_equal(dataset.read(4).frames, dataset.read(0).frames)


def test_parts_with_another_list_type_are_merged(tmp_path, parts):
    path = parts[1] / 'data/chunk-000/file-000.parquet'
    table = pq.read_table(path)
    rows = pa.array(table.column('action').to_pylist(), pa.list_(pa.float32()))
    position = table.column_names.index('action')
    pq.write_table(table.set_column(position, 'action', rows), path)
    merge(parts, tmp_path / 'all')
    expected = open_lerobot(parts[1]).actions(2)
    np.testing.assert_array_equal(open_lerobot(tmp_path / 'all').actions(3), expected)


def test_parts_with_other_column_types_are_refused(tmp_path, parts):
    path = parts[1] / 'data/chunk-000/file-000.parquet'
    table = pq.read_table(path)
    position = table.column_names.index('timestamp')
    names = pa.array(['now'] * len(table))
    pq.write_table(table.set_column(position, 'timestamp', names), path)
    with pytest.raises(BadData, match=r'columns differ'):
        merge(parts, tmp_path / 'all')


def test_parts_of_different_robots_are_refused(tmp_path, parts):
    path = parts[1] / 'meta/info.json'
    path.write_text(path.read_text().replace('"tabletop"', '"drone"'))
    with pytest.raises(BadData, match='robot_type is drone, expected tabletop'):
        merge(parts, tmp_path / 'all')
    assert not (tmp_path / 'all').exists()


def test_a_part_that_lacks_a_video_is_refused(tmp_path, parts):
    (parts[1] / 'videos/observation.images.front/chunk-000/file-000.mp4').unlink()
    with pytest.raises(BadData, match=r'episode 0.*missing'):
        merge(parts, tmp_path / 'all')
    assert not (tmp_path / 'all').exists()


def test_an_empty_list_of_parts_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r'no parts'):
        merge([], tmp_path / 'all')
