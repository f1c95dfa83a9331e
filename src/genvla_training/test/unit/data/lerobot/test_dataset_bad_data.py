# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Damaged v3.0 folders: each error names the defect, its location and the remedy."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot import open_lerobot

FRONT = 'observation.images.front'
DATA = 'data/chunk-000/file-000.parquet'
VIDEO = f'videos/{FRONT}/chunk-000/file-000.mp4'
EPISODES = 'meta/episodes/chunk-000/file-000.parquet'
TASKS = 'meta/tasks.parquet'


@pytest.fixture
def folder(tmp_path, lerobot_v3):
    return shutil.copytree(lerobot_v3, tmp_path / 'data')


def change_column(path, name, values):
    table = pq.read_table(path)
    kind = table.schema.field(name).type
    column = table.column_names.index(name)
    pq.write_table(table.set_column(column, name, pa.array(values, kind)), path)


def column(path, name):
    return pq.read_table(path).column(name).to_pylist()


def truncate(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


@pytest.mark.parametrize('name', ['meta/info.json', TASKS, EPISODES])
def test_missing_meta_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(BadData, match=r'meta'):
        open_lerobot(folder)


@pytest.mark.parametrize('name', ['meta/info.json', TASKS, EPISODES])
@pytest.mark.parametrize('share', [0, 0.5])
def test_truncated_meta_is_refused(folder, name, share):
    truncate(folder / name, share)
    with pytest.raises(BadData, match=name):
        open_lerobot(folder)


@pytest.mark.parametrize('entry', ['fps', 'features', 'total_episodes', 'data_path'])
def test_an_info_without_a_required_entry_is_refused(folder, entry):
    info = json.loads((folder / 'meta/info.json').read_text())
    del info[entry]
    (folder / 'meta/info.json').write_text(json.dumps(info))
    with pytest.raises(BadData, match=rf'info.json.*{entry}'):
        open_lerobot(folder)


def test_an_info_that_is_a_list_is_refused(folder):
    (folder / 'meta/info.json').write_text('[]')
    with pytest.raises(BadData, match=r'info.json'):
        open_lerobot(folder)


@pytest.mark.parametrize('version', ['v1.6', 'v4.0', ''])
def test_an_unknown_version_is_refused(folder, version):
    path = folder / 'meta/info.json'
    path.write_text(path.read_text().replace('v3.0', version))
    with pytest.raises(BadData, match=rf"'{version}', supported: \['v2.0', 'v2.1', 'v3.0'\]"):
        open_lerobot(folder)


def test_a_template_of_another_version_is_refused(folder):
    path = folder / 'meta/info.json'
    path.write_text(path.read_text().replace('{file_index:03d}', '{episode_index}'))
    with pytest.raises(BadData, match=r'data_path .*episode_index'):
        open_lerobot(folder)


def test_a_missing_camera_is_refused_with_the_available_ones(folder):
    with pytest.raises(BadData, match=r"top.*available: \['observation.images.front', "):
        open_lerobot(folder, cameras=['observation.images.top'])


@pytest.mark.parametrize('share', [0, 0.5, 0.99])
def test_truncated_rows_are_refused(folder, share):
    truncate(folder / DATA, share)
    with pytest.raises(BadData, match=r'file-000.parquet, episode 1: .*download it again'):
        open_lerobot(folder).actions(1)


def test_missing_rows_are_refused(folder):
    (folder / DATA).unlink()
    with pytest.raises(BadData, match=r'episode 1: .*missing'):
        open_lerobot(folder).actions(1)


def test_damaged_rows_are_refused(folder):
    content = bytearray((folder / DATA).read_bytes())
    content[100:3000] = b'\xff' * 2900
    (folder / DATA).write_bytes(content)
    with pytest.raises(BadData, match=r'episode 0: .*cannot be read'):
        open_lerobot(folder).actions(0)


def test_a_file_with_too_few_rows_is_refused(folder):
    pq.write_table(pq.read_table(folder / DATA).slice(0, 25), folder / DATA)
    with pytest.raises(BadData, match=r'episode 3: .*25 rows, expected rows 20 to 28'):
        open_lerobot(folder).read(3)


def test_rows_of_another_episode_are_refused(folder):
    change_column(folder / DATA, 'episode_index', [0] * 29)
    with pytest.raises(BadData, match=r'episode 2: its rows belong to episode \[0\]'):
        open_lerobot(folder).read(2)


def test_a_list_of_episodes_with_gaps_is_refused(folder):
    change_column(folder / EPISODES, 'data/file_index', [0, 0, None, 0])
    with pytest.raises(BadData, match=r"meta/episodes: .*'data/file_index'.*rows .2."):
        open_lerobot(folder)


def test_tasks_with_gaps_are_refused(folder):
    change_column(folder / TASKS, 'task_index', [0, None, 2])
    with pytest.raises(BadData, match=r'tasks.parquet'):
        open_lerobot(folder)


def test_a_shape_that_is_not_a_list_is_refused(folder):
    path = folder / 'meta/info.json'
    info = json.loads(path.read_text())
    info['features']['action']['shape'] = 7
    path.write_text(json.dumps(info))
    with pytest.raises(BadData, match=r'info.json: action has shape 7 '):
        open_lerobot(folder)


def test_lengths_that_disagree_are_refused(folder):
    change_column(folder / EPISODES, 'length', [7, 1, 11, 9])
    with pytest.raises(BadData, match=r'episode 2: length is 11, but .*12 steps'):
        open_lerobot(folder)


def test_an_action_that_is_not_finite_is_refused(folder):
    actions = column(folder / DATA, 'action')
    actions[9][3] = np.nan
    change_column(folder / DATA, 'action', actions)
    dataset = open_lerobot(folder)
    dataset.read(1)
    with pytest.raises(BadData, match=r'episode 2: the action of step 1 is .*nan'):
        dataset.read(2)


def test_an_action_that_is_missing_is_refused(folder):
    change_column(folder / DATA, 'action', [None, *column(folder / DATA, 'action')[1:]])
    with pytest.raises(BadData, match=r'episode 0: '):
        open_lerobot(folder).actions(0)


def test_actions_of_different_lengths_are_refused(folder):
    actions = column(folder / DATA, 'action')
    actions[0], actions[1] = [*actions[0], 0.0], actions[1][:6]
    table = pq.read_table(folder / DATA)
    uneven = pa.array(actions, pa.list_(pa.float32()))
    position = table.column_names.index('action')
    pq.write_table(table.set_column(position, 'action', uneven), folder / DATA)
    with pytest.raises(BadData, match=r"episode 0: rows of column 'action' differ in length"):
        open_lerobot(folder).actions(0)


def test_a_missing_column_is_refused(folder):
    pq.write_table(pq.read_table(folder / DATA).drop_columns(['task_index']), folder / DATA)
    with pytest.raises(BadData, match=r"episode 0: .*lacks the columns \['task_index'\]"):
        open_lerobot(folder).actions(0)


def test_a_task_that_changes_is_refused(folder):
    change_column(folder / DATA, 'task_index', [0] * 5 + [1] * 24)
    with pytest.raises(BadData, match=r'episode 0: its task changes .*\[0, 1\]'):
        open_lerobot(folder).actions(0)


def test_a_blank_task_is_refused(folder):
    change_column(folder / TASKS, 'task', ['pick up the carrot', ' ', 'close the drawer'])
    with pytest.raises(BadData, match=r'episode 1: task 1 .*blank'):
        open_lerobot(folder).read(1)


def test_a_missing_video_is_refused(folder):
    (folder / VIDEO).unlink()
    with pytest.raises(BadData, match=r'episode 0, observation.images.front: .*missing'):
        open_lerobot(folder).read(0)


@pytest.mark.parametrize('share', [0, 0.1, 0.5, 0.95])
def test_a_truncated_video_is_refused(folder, share):
    truncate(folder / VIDEO, share)
    with pytest.raises(BadData, match=r'episode 3, observation.images.front: .*download it again'):
        open_lerobot(folder).read(3)


def test_a_video_that_is_shorter_than_its_episode_is_refused(folder):
    starts = column(folder / EPISODES, f'videos/{FRONT}/from_timestamp')
    change_column(
        folder / EPISODES, f'videos/{FRONT}/from_timestamp', [*starts[:3], starts[3] + 0.4]
    )
    with pytest.raises(BadData, match=r'episode 3, .*step 7 of 9; the video is shorter'):
        open_lerobot(folder).read(3)


def test_a_video_that_ends_before_every_timestamp_is_refused(folder):
    change_column(folder / EPISODES, f'videos/{FRONT}/from_timestamp', [1000.0] * 4)
    with pytest.raises(BadData, match=r'episode 0, observation.images.front'):
        open_lerobot(folder).read(0)


def test_a_video_without_images_is_refused(folder):
    (folder / VIDEO).write_bytes(b'version https://git-lfs.github.com/spec/v1\n')
    with pytest.raises(BadData, match=r'episode 0, .*Git LFS'):
        open_lerobot(folder).read(0)


def test_timestamps_that_do_not_increase_are_refused(folder):
    change_column(folder / DATA, 'timestamp', [0.0] * 29)
    with pytest.raises(BadData, match=r'episode 0, .*timestamps do not increase'):
        open_lerobot(folder).read(0)
