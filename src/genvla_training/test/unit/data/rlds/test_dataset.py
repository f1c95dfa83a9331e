# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""RLDS folders that the tests write, as TFDS lays them out, and what is read of them."""

from __future__ import annotations

from dataclasses import replace
import json
import logging
import os
from pathlib import Path
import pickle
import struct

import cv2
import google_crc32c
import numpy as np
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.rlds import TRANSFORMS, open_rlds

NUM_STEPS = 6
SHAPES = {
    'steps/action': (7,),
    'steps/observation/state': (7,),
    'steps/observation/image_0': (48, 64, 3),
    'steps/observation/image_1': (48, 64, 3),
    'steps/language_instruction': (),
    'steps/is_first': (),
}


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(values):
    if isinstance(values, list):
        return field(1, b''.join(field(1, value) for value in values))
    if values.dtype == np.int64:
        return field(3, field(1, b''.join(varint(int(value)) for value in values.ravel())))
    return field(2, field(1, values.astype('<f4').tobytes()))


def example(values):
    entries = (
        field(1, field(1, key.encode()) + field(2, feature(value)))
        for key, value in values.items()
    )
    return field(1, b''.join(entries))


def masked(data):
    crc = google_crc32c.value(data)
    return struct.pack('<I', ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def tfrecord(records):
    lengths = [struct.pack('<Q', len(record)) for record in records]
    return b''.join(
        length + masked(length) + record + masked(record)
        for length, record in zip(lengths, records, strict=True)
    )


def picture(shade):
    image = np.full((48, 64, 3), shade, dtype=np.uint8)
    image[..., 0] = 255  # red, and would be blue if channels were swapped
    return cv2.imencode('.png', image[..., ::-1])[1].tobytes()


def bridge_episode(number=0, text=b'put the cup on the plate'):
    steps = np.arange(NUM_STEPS, dtype=np.float32)[:, None]
    action = np.concatenate([steps + np.zeros((1, 6)), np.ones((NUM_STEPS, 1))], axis=1)
    action[0] = 0
    return {
        'steps/action': action.astype(np.float32),
        'steps/observation/state': (steps**2 * np.full(7, 1 + number)).astype(np.float32),
        'steps/observation/image_0': [picture(10 * step + number) for step in range(NUM_STEPS)],
        'steps/observation/image_1': [picture(200) for _ in range(NUM_STEPS)],
        'steps/language_instruction': [text] * NUM_STEPS,
        'steps/is_first': np.array([1, 0, 0, 0, 0, 0], dtype=np.int64),
    }


def features_json(shapes):
    def leaf(shape):
        return {'tensor': {'shape': {'dimensions': [str(size) for size in shape]}}}

    tree = {}
    for key, shape in shapes.items():
        *folders, last = key.split('/')
        node = tree
        for part in folders:
            node = node.setdefault(part, {})
        node[last] = leaf(shape)

    def wrap(node):
        if 'tensor' in node:
            return node
        return {'featuresDict': {'features': {key: wrap(inner) for key, inner in node.items()}}}

    steps = {'sequence': {'feature': wrap(tree['steps']), 'length': '-1'}}
    return {'featuresDict': {'features': {'steps': steps, 'episode_metadata': wrap({})}}}


def write_rlds(folder, shards, *, name='bridge_dataset', shapes=SHAPES):
    folder.mkdir(parents=True, exist_ok=True)
    split = {'name': 'train', 'shardLengths': [str(len(episodes)) for episodes in shards]}
    info = {'name': name, 'version': '1.0.0', 'fileFormat': 'tfrecord', 'splits': [split]}
    (folder / 'dataset_info.json').write_text(json.dumps(info))
    (folder / 'features.json').write_text(json.dumps(features_json(shapes)))
    for number, episodes in enumerate(shards):
        path = shard_path(folder, number, len(shards), name)
        path.write_bytes(tfrecord([example(episode) for episode in episodes]))
    return folder


def shard_path(folder, number, count, name='bridge_dataset'):
    return folder / f'{name}-train.tfrecord-{number:05d}-of-{count:05d}'


@pytest.fixture
def bridge(tmp_path):
    shards = [[bridge_episode(0), bridge_episode(1, b'open the drawer')], [bridge_episode(2)]]
    return write_rlds(tmp_path / 'bridge_orig' / '1.0.0', shards)


def test_an_episode_has_the_steps_that_the_transform_keeps(bridge):
    episode = open_rlds(bridge).read(1)
    assert episode.instruction == 'open the drawer'
    # States are 0, 2, 8, 18, 32, 50: the first and the last step are left out.
    assert episode.actions_TA[:, 0].tolist() == [6, 10, 14, 18]
    assert episode.actions_TA[:, 6].tolist() == [1, 1, 1, 1]
    assert episode.actions_TA.dtype == np.float64
    assert len(episode.frames) == 4


def test_frames_are_rgb_of_the_steps_that_are_kept(bridge):
    frames = open_rlds(bridge).read(1).frames
    (image,) = frames[0]
    assert image.shape == (48, 64, 3)
    assert image[0, 0].tolist() == [255, 11, 11]
    assert frames[-1][0][0, 0].tolist() == [255, 41, 41]
    assert [frame[0][0, 0, 1] for frame in frames[1:3]] == [21, 31]


def test_frames_are_resized_when_a_size_is_given(bridge):
    assert open_rlds(bridge, image_size=32).read(0).frames[0][0].shape == (32, 32, 3)


def test_episodes_are_numbered_across_shards(bridge):
    dataset = open_rlds(bridge)
    assert dataset.lengths_E.tolist() == [4, 4, 4]
    assert [dataset.read(index).actions_TA[0, 0] for index in (2, 0, 1)] == [9, 3, 6]
    assert [dataset.actions(index)[0, 0] for index in (2, 0, 1)] == [9, 3, 6]


def test_a_renamed_folder_is_known_by_its_new_name(bridge):
    dataset = open_rlds(bridge.parent)
    assert dataset.name == 'bridge_orig'
    assert dataset.control_rate_hz == 5.0


def test_a_data_set_may_be_called_otherwise_than_its_transform(tmp_path):
    folder = write_rlds(tmp_path / 'kitchen', [[bridge_episode()]], name='kitchen')
    dataset = open_rlds(folder, name='our_kitchen', transform='bridge_orig')
    assert (dataset.name, dataset.control_rate_hz) == ('our_kitchen', 5.0)
    assert open_rlds(folder, transform='bridge_orig').name == 'kitchen'


def test_a_folder_of_another_name_is_known_by_its_info(tmp_path):
    folder = write_rlds(tmp_path / 'data', [[bridge_episode()]])
    assert open_rlds(folder).name == 'bridge_dataset'


def test_a_lab_adds_a_transform_for_its_arm(tmp_path, monkeypatch):
    transform = replace(
        TRANSFORMS['bridge_orig'],
        control_rate_hz=10.0,
        cameras=('steps/observation/image_0', 'steps/observation/image_1'),
        numbers=('steps/action',),
        make_actions=lambda numbers: numbers['steps/action'],
        drop_first=0,
        drop_last=0,
    )
    monkeypatch.setitem(TRANSFORMS, 'our_arm', transform)
    folder = write_rlds(tmp_path, [[bridge_episode()]], name='our_arm')
    episode = open_rlds(folder).read(0)
    assert episode.actions_TA[5, 0] == 5
    assert [image[0, 0, 1] for image in episode.frames[5]] == [50, 200]


def test_a_data_set_and_its_frames_can_be_pickled(bridge):
    dataset = pickle.loads(pickle.dumps(open_rlds(bridge)))
    episode = pickle.loads(pickle.dumps(dataset.read(2)))
    assert episode.frames[0][0][0, 0, 1] == 12


def test_actions_need_no_pictures_and_no_checksum(bridge):
    dataset = open_rlds(bridge)
    path = shard_path(bridge, 1, 2)
    data = path.read_bytes()
    path.write_bytes(data.replace(picture(12), bytes(len(picture(12)))))
    assert dataset.actions(0)[0, 0] == 3
    assert dataset.actions(2)[0, 0] == 9
    with pytest.raises(BadData, match='00001-of-00002, episode 0: the crc32c of its record'):
        dataset.read(2)


def test_the_files_are_opened_anew_only_where_they_changed(bridge):
    index = bridge / 'genvla_index'
    open_rlds(bridge)
    before = {path.name: path.stat().st_mtime_ns for path in index.iterdir()}
    os.utime(shard_path(bridge, 1, 2), ns=(1, 1))
    assert open_rlds(bridge).lengths_E.tolist() == [4, 4, 4]
    after = {path.name: path.stat().st_mtime_ns for path in index.iterdir()}
    assert [before[name] == after[name] for name in sorted(before)] == [True, False]
    assert len(after) == 2


def test_an_index_that_is_there_is_used(bridge):
    open_rlds(bridge)
    path = shard_path(bridge, 1, 2)
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert open_rlds(bridge).lengths_E.tolist() == [4, 4, 4]


def test_a_damaged_index_is_made_again(bridge):
    open_rlds(bridge)
    for path in (bridge / 'genvla_index').iterdir():
        path.write_bytes(path.read_bytes()[:100])
    assert open_rlds(bridge).lengths_E.tolist() == [4, 4, 4]


def test_an_interrupted_pass_resumes(bridge):
    last = shard_path(bridge, 1, 2)
    whole = last.read_bytes()
    last.write_bytes(whole[:-10])
    with pytest.raises(BadData, match='truncated'):
        open_rlds(bridge)
    (kept,) = (bridge / 'genvla_index').iterdir()
    before = kept.stat().st_mtime_ns
    last.write_bytes(whole)
    assert open_rlds(bridge).lengths_E.tolist() == [4, 4, 4]
    assert kept.stat().st_mtime_ns == before


def test_an_index_can_be_kept_elsewhere(bridge, tmp_path):
    open_rlds(bridge, index_dir=tmp_path / 'index')
    assert len(list((tmp_path / 'index').glob('*.npz'))) == 2
    assert not (bridge / 'genvla_index').exists()


def test_data_that_may_only_be_read_is_indexed_each_time(bridge, caplog):
    (bridge / 'genvla_index').write_text('')
    assert len(open_rlds(bridge).lengths_E) == 3
    assert 'is read through each time' in caplog.text


def test_unlabelled_episodes_of_bridge_are_left_out(tmp_path, caplog):
    episodes = [bridge_episode(0, b' '), bridge_episode(1)]
    with caplog.at_level(logging.WARNING):
        dataset = open_rlds(write_rlds(tmp_path, [episodes]))
    assert dataset.actions(0)[0, 0] == 6
    assert len(dataset.lengths_E) == 1
    assert '1 of 2 episodes left out: 1 without an instruction' in caplog.text


def test_episodes_of_two_steps_are_left_out(tmp_path):
    short = {key: values[:2] for key, values in bridge_episode().items()}
    assert open_rlds(write_rlds(tmp_path, [[short, bridge_episode()]])).lengths_E.tolist() == [4]


def test_an_empty_shard_is_no_error(tmp_path):
    assert open_rlds(write_rlds(tmp_path, [[], [bridge_episode()]])).lengths_E.tolist() == [4]


def with_value(key, value):
    return {**bridge_episode(), key: value}


@pytest.mark.parametrize(
    ('episode', 'message'),
    [
        (
            with_value('steps/observation/image_0', [picture(0)] * 5),
            'image_0 has 5 steps, but there are 6 instructions',
        ),
        (
            with_value('steps/action', np.zeros((5, 7), np.float32)),
            'steps/action has 5 steps, but there are 6 instructions',
        ),
        (
            with_value('steps/action', np.zeros(41, np.float32)),
            r'41 numbers, which do not make whole steps of shape \(7,\)',
        ),
        (
            with_value('steps/action', np.full((6, 7), np.nan, np.float32)),
            'steps/action of step 0 is .nan',
        ),
        (with_value('steps/action', [b'x'] * 6), 'steps/action holds byte strings'),
        (
            with_value('steps/observation/image_0', np.zeros(6, np.float32)),
            'holds float32 numbers, expected bytes',
        ),
        (
            {k: v for k, v in bridge_episode().items() if k != 'steps/action'},
            r"episode 0 lacks the features \['steps/action'\]",
        ),
    ],
)
def test_a_damaged_episode_is_named_with_what_is_wrong(tmp_path, episode, message):
    dataset = open_rlds(write_rlds(tmp_path, [[episode]]))
    with pytest.raises(BadData, match=message) as error:
        dataset.read(0)
    assert '00000-of-00001, episode 0' in str(error.value)


def test_a_blank_instruction_is_refused_unless_the_transform_knows_of_it(tmp_path, monkeypatch):
    monkeypatch.setitem(
        TRANSFORMS,
        'bridge_dataset',
        replace(TRANSFORMS['bridge_orig'], leave_out_unlabelled=False),
    )
    dataset = open_rlds(write_rlds(tmp_path, [[bridge_episode(0, b'  ')]]))
    with pytest.raises(BadData, match='episode 0: the instruction is blank'):
        dataset.read(0)


def test_a_picture_that_cannot_be_decoded_is_named_with_its_step(tmp_path):
    pictures = [*bridge_episode()['steps/observation/image_0'][:3], *[b'no picture'] * 3]
    episode = with_value('steps/observation/image_0', pictures)
    frames = open_rlds(write_rlds(tmp_path, [[episode]])).read(0).frames
    assert frames[1][0].shape == (48, 64, 3)
    with pytest.raises(BadData, match='episode 0, step 3: 10 bytes'):
        frames[2]


def test_a_transform_that_returns_other_steps_than_it_says_is_refused(tmp_path, monkeypatch):
    transform = replace(TRANSFORMS['bridge_orig'], drop_last=2)
    monkeypatch.setitem(TRANSFORMS, 'bridge_dataset', transform)
    dataset = open_rlds(write_rlds(tmp_path, [[bridge_episode()]]))
    with pytest.raises(BadData, match=r'returned \(4, 7\) numbers.*expected \(3, 7\)'):
        dataset.actions(0)


def test_a_missing_shard_is_named(bridge):
    shard_path(bridge, 1, 2).unlink()
    with pytest.raises(BadData, match=r"lacks 1 of the 2 files.*00001-of-00002'\]; download"):
        open_rlds(bridge)


def test_a_shard_with_fewer_episodes_than_announced_is_refused(bridge):
    path = shard_path(bridge, 0, 2)
    path.write_bytes(tfrecord([example(bridge_episode())]))
    with pytest.raises(BadData, match=r'holds 1 episodes, but .* says 2'):
        open_rlds(bridge)


def test_a_split_that_is_not_there_is_answered_with_those_that_are(bridge):
    with pytest.raises(BadData, match=r"no split 'val'; there are \['train'\]"):
        open_rlds(bridge, split='val')


def test_a_data_set_without_a_transform_is_answered_with_the_transforms(bridge):
    with pytest.raises(BadData, match=r"no transform for RLDS data set 'kuka'.*bridge_orig"):
        open_rlds(bridge, transform='kuka')


def test_a_missing_feature_is_answered_with_those_that_are_there(tmp_path):
    shapes = {key: shape for key, shape in SHAPES.items() if not key.endswith('image_0')}
    folder = write_rlds(tmp_path, [[bridge_episode()]], shapes=shapes)
    with pytest.raises(BadData, match=r"lacks the features .*image_0'\]; there are .*image_1"):
        open_rlds(folder)


def test_an_episode_without_instructions_is_named_while_indexing(tmp_path):
    episode = {k: v for k, v in bridge_episode().items() if k != 'steps/language_instruction'}
    with pytest.raises(BadData, match=r"episode 0 lacks the texts .*; it has \['steps/action'"):
        open_rlds(write_rlds(tmp_path, [[episode]]))


@pytest.mark.parametrize('file', ['dataset_info.json', 'features.json'])
@pytest.mark.parametrize('text', ['', '[]', '{}', '{"name": "x", "splits": 3}'])
def test_json_of_another_kind_is_refused(bridge, file, text):
    (bridge / file).write_text(text)
    with pytest.raises(BadData, match=file):
        open_rlds(bridge)


def test_a_folder_without_a_data_set_is_refused(tmp_path):
    with pytest.raises(BadData, match='0 versions that do'):
        open_rlds(Path(tmp_path))
    with pytest.raises(BadData, match='nothing is not there'):
        open_rlds(tmp_path / 'nothing')
