# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Small LeRobot and RLDS data sets, and helpers for the output of commands."""

from __future__ import annotations

from contextlib import contextmanager
import json
import struct

import cv2
import google_crc32c
import numpy as np
import pytest

from genvla_command import parts
from genvla_training.data.lerobot import LeRobotWriter

LENGTHS = (7, 1, 12, 9)
TASKS = ('pick up the carrot', 'open the drawer', 'pick up the carrot', 'close the drawer')
RLDS_STEPS = 6
RLDS_SHAPES = {
    'steps/action': (7,),
    'steps/observation/state': (7,),
    'steps/observation/image_0': (48, 64, 3),
    'steps/observation/image_1': (48, 64, 3),
    'steps/language_instruction': (),
    'steps/is_first': (),
}


def _picture(episode, step, height, width):
    """Return a picture whose blue encodes episode and step; smooth, so that it compresses well."""
    y, x = np.mgrid[:height, :width]
    blue = np.full_like(x, (60 * episode + 11 * step) % 256)
    return np.stack([x * 255 // width, y * 255 // height, blue], axis=-1).astype(np.uint8)


@pytest.fixture(scope='session')
def lerobot_episodes():
    """Arguments of add_episode() for four episodes from two cameras, front and wrist."""
    random = np.random.default_rng(0)
    return [
        {
            'frames': [
                (_picture(number, step, 64, 96), _picture(number + 2, step, 48, 48))
                for step in range(length)
            ],
            'states_TS': random.normal(size=(length, 3)),
            'actions_TA': random.normal(size=(length, 7)),
            'task': task,
        }
        for number, (length, task) in enumerate(zip(LENGTHS, TASKS, strict=True))
    ]


@pytest.fixture(scope='session')
def lerobot_writer():
    """A function that returns a writer for lerobot_episodes."""

    def writer(folder, **options):
        return LeRobotWriter(
            folder,
            fps=5,
            robot_type='tabletop',
            cameras={'front': (64, 96), 'wrist': (48, 48)},
            state_names=['x', 'y', 'z'],
            action_names=['x', 'y', 'z', 'roll', 'pitch', 'yaw', 'gripper'],
            **options,
        )

    return writer


@pytest.fixture(scope='session')
def lerobot_write(lerobot_writer):
    """A function that writes a data set and returns its folder."""

    def write(folder, episodes, **options):
        with lerobot_writer(folder, **options) as writer:
            for episode in episodes:
                writer.add_episode(**episode)
        return folder

    return write


@pytest.fixture(scope='session')
def lerobot_v3(tmp_path_factory, lerobot_episodes, lerobot_write):
    """A v3.0 folder with lerobot_episodes; read-only."""
    return lerobot_write(tmp_path_factory.mktemp('lerobot') / 'carrots', lerobot_episodes)


@pytest.fixture(scope='session')
def files_in():
    """A function that returns the bytes of all files in a folder, by their relative path."""

    def files(folder):
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob('*')
            if path.is_file()
        }

    return files


@pytest.fixture
def sentence(capsys):
    """A function that returns a command's message for wrong arguments, without the box around
    it."""

    def said(main, *arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert ended.value.code != 0
        output = capsys.readouterr()
        text = f'{output.out} {output.err} {ended.value.code}'.replace('\u2502', ' ')
        assert 'Traceback' not in text
        return ' '.join(text.split())

    return said


@pytest.fixture(scope='session')
def in_this_process():
    """A context that makes data sets without worker processes, whose imports take seconds."""

    @contextmanager
    def patched():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts, 'in_processes', lambda run, jobs, **_: map(run, jobs))
            yield

    return patched


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _field(number, content):
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _feature(values):
    if isinstance(values, list):
        return _field(1, b''.join(_field(1, value) for value in values))
    if values.dtype == np.int64:
        return _field(3, _field(1, b''.join(_varint(int(value)) for value in values.ravel())))
    return _field(2, _field(1, values.astype('<f4').tobytes()))


def _example(values):
    entries = (
        _field(1, _field(1, key.encode()) + _field(2, _feature(value)))
        for key, value in values.items()
    )
    return _field(1, b''.join(entries))


def _masked(data):
    crc = google_crc32c.value(data)
    return struct.pack('<I', ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _tfrecord(records):
    lengths = [struct.pack('<Q', len(record)) for record in records]
    return b''.join(
        length + _masked(length) + record + _masked(record)
        for length, record in zip(lengths, records, strict=True)
    )


def _png(shade):
    image = np.full((48, 64, 3), shade, dtype=np.uint8)
    image[..., 0] = 255  # red, which swapped channels would turn blue
    return cv2.imencode('.png', image[..., ::-1])[1].tobytes()


def _bridge_episode(number=0, text=b'put the cup on the plate'):
    steps = np.arange(RLDS_STEPS, dtype=np.float32)[:, None]
    action = np.concatenate([steps + np.zeros((1, 6)), np.ones((RLDS_STEPS, 1))], axis=1)
    action[0] = 0
    return {
        'steps/action': action.astype(np.float32),
        'steps/observation/state': (steps**2 * np.full(7, 1 + number)).astype(np.float32),
        'steps/observation/image_0': [_png(10 * step + number) for step in range(RLDS_STEPS)],
        'steps/observation/image_1': [_png(200) for _ in range(RLDS_STEPS)],
        'steps/language_instruction': [text] * RLDS_STEPS,
        'steps/is_first': np.array([1, 0, 0, 0, 0, 0], dtype=np.int64),
    }


def _droid_episode(number=0, text=b'put the marker in the mug'):
    """Return the features of a DROID episode: those that are read, and a few more."""
    velocities = np.linspace(-0.5, 0.5, RLDS_STEPS * 6, dtype=np.float32).reshape(RLDS_STEPS, 6)
    return {
        'steps/action_dict/cartesian_velocity': velocities + np.float32(0.1 * number),
        'steps/action_dict/gripper_position': np.linspace(
            0, 1, RLDS_STEPS, dtype=np.float32
        ).reshape(RLDS_STEPS, 1),
        'steps/observation/cartesian_position': velocities[::-1],
        'steps/observation/gripper_position': np.linspace(
            0, 1, RLDS_STEPS, dtype=np.float32
        ).reshape(RLDS_STEPS, 1),
        'steps/observation/exterior_image_1_left': [_png(9 * n) for n in range(RLDS_STEPS)],
        'steps/observation/exterior_image_2_left': [_png(200)] * RLDS_STEPS,
        'steps/observation/wrist_image_left': [_png(220)] * RLDS_STEPS,
        'steps/language_instruction': [text] * RLDS_STEPS,
        'steps/language_instruction_2': [b''] * RLDS_STEPS,
    }


DROID_SHAPES = {
    'steps/action_dict/cartesian_velocity': (6,),
    'steps/action_dict/gripper_position': (1,),
    'steps/observation/cartesian_position': (6,),
    'steps/observation/gripper_position': (1,),
    'steps/observation/exterior_image_1_left': (180, 320, 3),
    'steps/observation/exterior_image_2_left': (180, 320, 3),
    'steps/observation/wrist_image_left': (180, 320, 3),
    'steps/language_instruction': (),
    'steps/language_instruction_2': (),
}


def _features_json(shapes):
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


def _write_rlds(folder, shards, *, name='bridge_dataset', shapes=RLDS_SHAPES):
    folder.mkdir(parents=True, exist_ok=True)
    split = {'name': 'train', 'shardLengths': [str(len(episodes)) for episodes in shards]}
    info = {'name': name, 'version': '1.0.0', 'fileFormat': 'tfrecord', 'splits': [split]}
    (folder / 'dataset_info.json').write_text(json.dumps(info))
    (folder / 'features.json').write_text(json.dumps(_features_json(shapes)))
    for number, episodes in enumerate(shards):
        path = _shard(folder, number, len(shards), name)
        path.write_bytes(_tfrecord([_example(episode) for episode in episodes]))
    return folder


def _shard(folder, number, count, name='bridge_dataset'):
    return folder / f'{name}-train.tfrecord-{number:05d}-of-{count:05d}'


@pytest.fixture(scope='session')
def rlds_write():
    """A function that writes a TFDS folder with shards of episodes, and returns it."""
    return _write_rlds


@pytest.fixture(scope='session')
def rlds_shard():
    """A function that returns the path of a shard from its number and the number of shards."""
    return _shard


@pytest.fixture(scope='session')
def rlds_episode():
    """A function that returns the features of an episode in BridgeData's form."""
    return _bridge_episode


@pytest.fixture(scope='session')
def rlds_droid():
    """A function that writes a DROID folder with the given episodes, and returns it."""

    def write(folder, *episodes):
        return _write_rlds(folder, [list(episodes)], name='droid', shapes=DROID_SHAPES)

    return write


@pytest.fixture(scope='session')
def droid_episode():
    """A function that returns the features of an episode in DROID's form."""
    return _droid_episode


@pytest.fixture
def rlds_bridge(tmp_path):
    """Three episodes in two shards, which tests may damage."""
    shards = [[_bridge_episode(0), _bridge_episode(1, b'open the drawer')], [_bridge_episode(2)]]
    return _write_rlds(tmp_path / 'bridge_orig' / '1.0.0', shards)
