# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot import LeRobotWriter, open_lerobot
from genvla_training.data.lerobot.layout import FileNumber, FileSizes

CAMERAS = ('observation.images.front', 'observation.images.wrist')


def test_actions_come_back_exactly(lerobot_v3, lerobot_episodes):
    dataset = open_lerobot(lerobot_v3)
    for index, written in enumerate(lerobot_episodes):
        expected = written['actions_TA'].astype(np.float32)
        np.testing.assert_array_equal(dataset.read(index).actions_TA, expected)


def test_pictures_come_back_within_the_error_of_the_codec(lerobot_v3, lerobot_episodes):
    dataset = open_lerobot(lerobot_v3, cameras=CAMERAS)
    for index, written in enumerate(lerobot_episodes):
        read = dataset.read(index).frames
        assert len(read) == len(written['frames'])
        for found, expected in zip(read, written['frames'], strict=True):
            for camera in range(2):
                error = np.abs(found[camera].astype(int) - expected[camera])
                assert error.mean() < 3


def test_instructions_come_back(lerobot_v3):
    dataset = open_lerobot(lerobot_v3)
    assert [dataset.read(index).instruction for index in range(4)] == [
        'pick up the carrot',
        'open the drawer',
        'pick up the carrot',
        'close the drawer',
    ]


def test_lengths_and_rate_are_known_without_reading_episodes(lerobot_v3):
    dataset = open_lerobot(lerobot_v3)
    assert dataset.lengths_E.tolist() == [7, 1, 12, 9]
    assert dataset.control_rate_hz == 5.0


def test_files_roll_over_when_they_are_full(tmp_path, lerobot_write, lerobot_episodes):
    sizes = FileSizes(data_mb=0.0001, video_mb=0.0001, chunk_files=2)
    folder = lerobot_write(tmp_path / 'many', lerobot_episodes, sizes=sizes)
    files = sorted(str(path.relative_to(folder / 'data')) for path in folder.glob('data/*/*'))
    assert files == [
        'chunk-000/file-000.parquet',
        'chunk-000/file-001.parquet',
        'chunk-001/file-000.parquet',
        'chunk-001/file-001.parquet',
    ]
    assert len(list(folder.glob('videos/observation.images.front/*/*.mp4'))) > 1


def test_rolled_over_files_read_like_one_file(
    tmp_path, lerobot_v3, lerobot_write, lerobot_episodes
):
    sizes = FileSizes(data_mb=0.0001, video_mb=0.0001, chunk_files=2)
    dataset = open_lerobot(lerobot_write(tmp_path / 'many', lerobot_episodes, sizes=sizes))
    one_file = open_lerobot(lerobot_v3)
    for index in range(4):
        found, expected = dataset.read(index), one_file.read(index)
        np.testing.assert_array_equal(found.actions_TA, expected.actions_TA)
        error = np.abs(np.stack(found.frames).astype(int) - np.stack(expected.frames))
        assert error.mean() < 3


def test_an_episode_is_one_row_group(lerobot_v3):
    metadata = pq.read_metadata(lerobot_v3 / 'data/chunk-000/file-000.parquet')
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert sizes == [7, 1, 12, 9]


def test_info_describes_the_data_set(lerobot_v3):
    info = json.loads((lerobot_v3 / 'meta/info.json').read_text())
    assert info['codebase_version'] == 'v3.0'
    assert (info['total_episodes'], info['total_frames'], info['total_tasks']) == (4, 29, 3)
    assert info['splits'] == {'train': '0:4'}
    assert info['features']['observation.images.front']['shape'] == [64, 96, 3]


def test_statistics_are_those_of_all_steps(lerobot_v3, lerobot_episodes):
    found = json.loads((lerobot_v3 / 'meta/stats.json').read_text())['action']
    actions = np.concatenate([episode['actions_TA'] for episode in lerobot_episodes])
    np.testing.assert_allclose(found['mean'], actions.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found['std'], actions.std(axis=0), atol=1e-6)
    np.testing.assert_allclose(found['min'], actions.min(axis=0), atol=1e-6)
    assert found['count'] == [29]


def test_statistics_of_pictures_are_per_colour_in_0_to_1(lerobot_v3, lerobot_episodes):
    found = json.loads((lerobot_v3 / 'meta/stats.json').read_text())['observation.images.front']
    pictures = np.stack([frame[0] for each in lerobot_episodes for frame in each['frames']])
    expected = pictures.reshape(-1, 3).mean(axis=0) / 255
    np.testing.assert_allclose(np.array(found['mean']).reshape(3), expected, atol=1e-6)
    assert np.array(found['q99']).shape == (3, 1, 1)


def test_the_folder_appears_only_when_it_is_complete(tmp_path, lerobot_writer, lerobot_episodes):
    with lerobot_writer(tmp_path / 'new') as writer:
        writer.add_episode(**lerobot_episodes[0])
        assert not (tmp_path / 'new').exists()
    assert (tmp_path / 'new/meta/info.json').is_file()


def test_an_exception_keeps_the_existing_folder(tmp_path, lerobot_write, lerobot_episodes):
    folder = lerobot_write(tmp_path / 'data', lerobot_episodes[:1])
    with pytest.raises(BadData, match=r'frames'):
        lerobot_write(folder, [{**lerobot_episodes[0], 'frames': []}], replace=True)
    assert len(open_lerobot(folder).lengths_E) == 1
    assert [path.name for path in tmp_path.iterdir()] == ['data']


def test_an_existing_data_set_is_replaced_only_on_request(
    tmp_path, lerobot_write, lerobot_episodes
):
    folder = lerobot_write(tmp_path / 'data', lerobot_episodes[:1])
    with pytest.raises(
        FileExistsError, match=r'data already exists; delete it, or choose another'
    ):
        lerobot_write(folder, lerobot_episodes[:2])
    assert len(open_lerobot(folder).lengths_E) == 1
    lerobot_write(folder, lerobot_episodes[:2], replace=True)
    assert len(open_lerobot(folder).lengths_E) == 2


def test_a_refused_episode_is_not_in_the_data_set(tmp_path, lerobot_writer, lerobot_episodes):
    short = {**lerobot_episodes[0], 'frames': lerobot_episodes[0]['frames'][:3]}
    with lerobot_writer(tmp_path / 'data') as writer:
        with pytest.raises(BadData, match=r'3 frames, but 7 actions'):
            writer.add_episode(**short)
        writer.add_episode(**lerobot_episodes[2])
    episode = open_lerobot(tmp_path / 'data').read(0)
    first = lerobot_episodes[2]['frames'][0][0]
    assert len(episode.frames) == 12
    assert np.abs(episode.frames[0][0].astype(int) - first).mean() < 3


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'task': ' '}, 'task is blank'),
        ({'actions_TA': np.full((7, 7), np.nan)}, 'action of step 0'),
        ({'actions_TA': np.zeros((7, 6))}, r'action has shape \(7, 6\)'),
        ({'states_TS': np.zeros((6, 3))}, "'observation.state': 6, 'action': 7"),
        ({'frames': [(np.zeros((64, 96, 3), np.uint8),)] * 7}, 'step 0: images'),
    ],
)
def test_invalid_episodes_are_not_written(
    tmp_path, lerobot_writer, lerobot_episodes, change, message
):
    with lerobot_writer(tmp_path / 'data') as writer:
        writer.add_episode(**lerobot_episodes[0])
        with pytest.raises(BadData, match=message):
            writer.add_episode(**(lerobot_episodes[0] | change))


def test_a_data_set_without_episodes_is_refused(tmp_path, lerobot_write):
    with pytest.raises(BadData, match=r'no episode'):
        lerobot_write(tmp_path / 'data', [])
    assert not list(tmp_path.iterdir())


def test_odd_image_sizes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r'even'):
        LeRobotWriter(
            tmp_path / 'odd',
            fps=5,
            robot_type='tabletop',
            cameras={'front': (64, 97)},
            state_names=['x'],
            action_names=['x'],
        )


def test_the_file_after_the_last_one_of_a_chunk_is_in_the_next_chunk():
    assert FileNumber(0, 998).next(1000) == FileNumber(0, 999)
    assert FileNumber(0, 999).next(1000) == FileNumber(1, 0)
