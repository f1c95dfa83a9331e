# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An RLDS folder that the test writes, looked at."""

from __future__ import annotations

import json
import struct

import cv2
import google_crc32c
import numpy as np
import pytest

from genvla_training.data.rlds import open_rlds
from genvla_training.inspect.command import main
from genvla_training.inspect.instructions import read_instruction

NUM_STEPS = 9
SHAPES = {'action': [7], 'observation/state': [7], 'observation/image_0': [48, 64, 3]}


def message(number, content):
    """Return a length-delimited field of a protocol buffer."""
    length = len(content)
    size = bytearray()
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + content


def feature(values):
    if isinstance(values, list):
        return message(1, b''.join(message(1, value) for value in values))
    return message(2, message(1, values.astype('<f4').tobytes()))


def record(instruction):
    motion = np.linspace(-0.02, 0.02, NUM_STEPS)[:, None] * np.ones((1, 7))
    picture = cv2.imencode('.png', np.full((48, 64, 3), 90, dtype=np.uint8))[1].tobytes()
    values = {
        'steps/action': np.clip(motion, -0.02, 0.02),
        'steps/observation/state': np.cumsum(motion, axis=0),
        'steps/observation/image_0': [picture] * NUM_STEPS,
        'steps/language_instruction': [instruction] * NUM_STEPS,
    }
    entries = (
        message(1, message(1, key.encode()) + message(2, feature(value)))
        for key, value in values.items()
    )
    return message(1, b''.join(entries))


def masked(data):
    crc = google_crc32c.value(data)
    return struct.pack('<I', ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def framed(data):
    length = struct.pack('<Q', len(data))
    return length + masked(length) + data + masked(data)


def leaf(shape):
    return {'tensor': {'shape': {'dimensions': [str(size) for size in shape]}}}


@pytest.fixture
def bridge(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'data' / 'bridge_orig' / '1.0.0'
    folder.mkdir(parents=True)
    split = {'name': 'train', 'shardLengths': ['2']}
    info = {'name': 'bridge_dataset', 'fileFormat': 'tfrecord', 'splits': [split]}
    (folder / 'dataset_info.json').write_text(json.dumps(info))
    shapes = {**SHAPES, 'language_instruction': []}
    steps = {'featuresDict': {'features': {key: leaf(shape) for key, shape in shapes.items()}}}
    tree = {'steps': {'sequence': {'feature': steps, 'length': '-1'}}}
    (folder / 'features.json').write_text(json.dumps({'featuresDict': {'features': tree}}))
    records = [record(b'put the cup on the plate'), record(b'open the drawer')]
    shard = folder / 'bridge_dataset-train.tfrecord-00000-of-00001'
    shard.write_bytes(b''.join(framed(each) for each in records))
    return folder


def test_an_instruction_is_read_without_its_episode(bridge):
    dataset = open_rlds(bridge)
    assert read_instruction(dataset, 1) == 'open the drawer'
    assert read_instruction(dataset, 1) == dataset.read(1).instruction


def test_the_summary_and_the_page_are_made(bridge, capsys, tmp_path):
    main([str(bridge.parent), '--episodes', '1'])
    out = capsys.readouterr().out
    assert out.startswith('bridge_orig (rlds)\n  episodes                     2\n')
    assert 'put the cup on the plate         1  50.0 %' in out
    assert (tmp_path / 'bridge_orig.inspect.html').read_text().count('data:image/jpeg') == 6


def test_cameras_are_not_chosen_where_the_transform_does(bridge):
    with pytest.raises(
        SystemExit, match=r'BadData: .*cameras are for lerobot; those of rlds are in its transform'
    ):
        main([str(bridge), '--camera', 'image_0'])


def test_a_data_set_of_another_name_is_looked_at_by_its_transform(bridge, capsys):
    kitchen = bridge.parent.with_name('kitchen')
    bridge.parent.rename(kitchen)
    info = kitchen / bridge.name / 'dataset_info.json'
    info.write_text(info.read_text().replace('bridge', 'kitchen'))
    for path in (kitchen / bridge.name).glob('bridge*'):
        path.rename(path.with_name(path.name.replace('bridge', 'kitchen')))
    main([str(kitchen), '--episodes', '1', '--transform', 'bridge_orig'])
    assert capsys.readouterr().out.startswith('kitchen_dataset (rlds)')
