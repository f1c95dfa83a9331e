# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Folders of v2.0 and v2.1, which have one file per episode and are the most common on the Hub."""

from __future__ import annotations

import json
import shutil

import av
import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot import merge, open_lerobot

VIDEO = 'observation.images.image_0'
IMAGE = 'observation.images.in_rows'


def write_lines(path, entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(json.dumps(entry) + '\n' for entry in entries))


def write_video(path, frames):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264', rate=5, options={'crf': '12'})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], 'yuv420p'
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
        container.mux(stream.encode(None))


def png(picture):
    encoded = cv2.imencode('.png', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1]
    return {'bytes': encoded.tobytes(), 'path': 'frame.png'}


def write_rows(path, episode, number, first, task_index):
    length = len(episode['frames'])
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {
        'action': pa.array(episode['actions_TA'].astype(np.float32).tolist()),
        IMAGE: pa.array([png(frame[1]) for frame in episode['frames']]),
        'timestamp': pa.array((np.arange(length) / 5).astype(np.float32)),
        'frame_index': pa.array(range(length)),
        'episode_index': pa.array([number] * length),
        'index': pa.array(range(first, first + length)),
        'task_index': pa.array([task_index] * length),
    }
    pq.write_table(pa.table(columns), path)


@pytest.fixture(scope='module')
def written(tmp_path_factory, lerobot_episodes):
    folder = tmp_path_factory.mktemp('v2') / 'bridge'
    tasks = sorted({episode['task'] for episode in lerobot_episodes})
    first = 0
    for number, episode in enumerate(lerobot_episodes):
        chunk, stem = f'chunk-{number // 2:03d}', f'episode_{number:06d}'
        task_index = tasks.index(episode['task'])
        write_rows(folder / f'data/{chunk}/{stem}.parquet', episode, number, first, task_index)
        write_video(
            folder / f'videos/{chunk}/{VIDEO}/{stem}.mp4',
            [frame[0] for frame in episode['frames']],
        )
        first += len(episode['frames'])
    write_lines(
        folder / 'meta/episodes.jsonl',
        [
            {'episode_index': number, 'tasks': [each['task']], 'length': len(each['frames'])}
            for number, each in enumerate(lerobot_episodes)
        ],
    )
    write_lines(
        folder / 'meta/tasks.jsonl',
        [{'task_index': number, 'task': task} for number, task in enumerate(tasks)],
    )
    info = {
        'codebase_version': 'v2.1',
        'robot_type': 'widowx',
        'total_episodes': 4,
        'total_frames': first,
        'chunks_size': 2,
        'fps': 5,
        'data_path': 'data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet',
        'video_path': (
            'videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4'
        ),
        'features': {
            'action': {'dtype': 'float32', 'shape': [7], 'names': {'motors': list('xyzrpwg')}},
            VIDEO: {'dtype': 'video', 'shape': [64, 96, 3], 'names': None},
            IMAGE: {'dtype': 'image', 'shape': [48, 48, 3], 'names': None},
        },
    }
    (folder / 'meta/info.json').write_text(json.dumps(info))
    return folder


@pytest.fixture
def copy(tmp_path, written):
    return shutil.copytree(written, tmp_path / 'bridge')


@pytest.mark.parametrize('version', ['v2.0', 'v2.1'])
def test_episodes_of_v2_read(copy, lerobot_episodes, version):
    path = copy / 'meta/info.json'
    path.write_text(path.read_text().replace('v2.1', version))
    dataset = open_lerobot(copy)
    assert dataset.lengths_E.tolist() == [7, 1, 12, 9]
    for index in (2, 0, 3, 1):
        expected, found = lerobot_episodes[index], dataset.read(index)
        assert found.instruction == expected['task']
        np.testing.assert_array_equal(found.actions_TA, expected['actions_TA'].astype(np.float32))
        for frame, original in zip(found.frames, expected['frames'], strict=True):
            assert np.abs(frame[0].astype(int) - original[0]).mean() < 3


def test_pictures_in_rows_are_exact(written, lerobot_episodes):
    frames = open_lerobot(written, cameras=[IMAGE]).read(2).frames
    for found, expected in zip(frames, lerobot_episodes[2]['frames'], strict=True):
        np.testing.assert_array_equal(found[0], expected[1])


def test_a_truncated_list_of_episodes_is_refused(copy):
    path = copy / 'meta/episodes.jsonl'
    path.write_text(path.read_text()[:-20])
    with pytest.raises(BadData, match=r'episodes.jsonl, line 4'):
        open_lerobot(copy)


def test_an_incomplete_list_of_episodes_is_refused(copy):
    path = copy / 'meta/episodes.jsonl'
    path.write_text(''.join(path.read_text().splitlines(keepends=True)[:3]))
    with pytest.raises(BadData, match=r'3 episodes, but .*total_episodes 4'):
        open_lerobot(copy)


def test_a_length_that_differs_from_the_file_is_refused(copy):
    path = copy / 'meta/episodes.jsonl'
    path.write_text(path.read_text().replace('"length": 12', '"length": 13'))
    with pytest.raises(BadData, match=r'episode 2: it has 12 steps, but meta/ says 13'):
        open_lerobot(copy).read(2)


def test_a_length_of_zero_is_refused(copy):
    path = copy / 'meta/episodes.jsonl'
    path.write_text(path.read_text().replace('"length": 12', '"length": 0'))
    with pytest.raises(BadData, match=r'episode 2: its length is 0'):
        open_lerobot(copy).read(2)


@pytest.mark.parametrize('length', ['"twelve"', 'null', '12.5', '-12'])
def test_an_invalid_length_is_refused(copy, length):
    path = copy / 'meta/episodes.jsonl'
    path.write_text(path.read_text().replace('"length": 12', f'"length": {length}'))
    with pytest.raises(BadData, match=r'(line 3|episode 2): length is'):
        open_lerobot(copy)


def test_a_task_that_is_not_listed_is_refused(copy):
    path = copy / 'meta/tasks.jsonl'
    path.write_text(''.join(path.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(BadData, match=r'episode 0: task_index 2 is not among the 2'):
        open_lerobot(copy).read(0)


@pytest.mark.parametrize('task', ['""', '"  "', 'null'])
def test_a_blank_task_is_refused(copy, task):
    path = copy / 'meta/tasks.jsonl'
    path.write_text(path.read_text().replace('"open the drawer"', task))
    with pytest.raises(BadData, match=r'episode 1: task 1 .*is blank'):
        open_lerobot(copy).actions(1)


def test_rows_without_a_picture_are_refused(copy):
    path = copy / 'data/chunk-000/episode_000000.parquet'
    table = pq.read_table(path)
    empty = pa.array([{'bytes': None, 'path': 'a.png'}] * 7, table.schema.field(IMAGE).type)
    column = table.column_names.index(IMAGE)
    pq.write_table(table.set_column(column, IMAGE, empty), path)
    with pytest.raises(BadData, match=r'in_rows: .*no image for step 0'):
        open_lerobot(copy, cameras=[IMAGE]).read(0)


def test_only_v3_folders_are_merged(tmp_path, written):
    with pytest.raises(BadData, match=r'v2.1, expected v3.0'):
        merge([written], tmp_path / 'out')
