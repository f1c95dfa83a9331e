# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags as files: every storage format, truncated, damaged, in parts."""

from __future__ import annotations

import shutil

import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.step_bag import PERIOD_S, START_S
from genvla_bags.topics import CHUNKS_TOPIC, IMAGES_TOPIC


@pytest.mark.parametrize(
    'options',
    [
        {'storage': StoragePlugin.SQLITE3},
        {'storage': StoragePlugin.SQLITE3, 'compression': CompressionMode.MESSAGE},
        {'storage': StoragePlugin.SQLITE3, 'compression': CompressionMode.FILE},
        {'compression': CompressionMode.STORAGE},
        {},
    ],
    ids=['sqlite3', 'sqlite3, messages', 'sqlite3, file', 'mcap, chunks', 'mcap'],
)
def test_every_kind_of_bag_reads_the_same(written, read, steps, options):
    moments = read(written(**options)).moments
    assert [each.recorded_text for each in moments] == [step.chunk.text for step in steps]
    assert (moments[3].images[0] == steps[3].image).all()


def test_only_messages_between_two_times_are_read(written):
    bag = BagMessages(written())
    start_s, end_s = START_S + 2 * PERIOD_S, START_S + 4 * PERIOD_S
    found = [message.received_s for message in bag.read([IMAGES_TOPIC], start_s=start_s)]
    assert len(found) == 10
    found = [m.received_s for m in bag.read([IMAGES_TOPIC], start_s=start_s, end_s=end_s)]
    assert found == pytest.approx([start_s + 1e-3, start_s + PERIOD_S + 1e-3])


def test_a_bag_ends_with_its_last_message(written, steps):
    last_chunk_s = START_S + (len(steps) - 1) * PERIOD_S + 0.05
    assert BagMessages(written()).end_s() == pytest.approx(last_chunk_s, abs=1e-5)


def test_custom_data_is_read_from_the_metadata(written):
    assert BagMessages(written(about={'outcome': 'success'})).custom_data() == {
        'outcome': 'success'
    }
    assert BagMessages(written('other')).custom_data() == {}


@pytest.mark.parametrize('compression', [CompressionMode.NONE, CompressionMode.FILE])
def test_custom_data_of_a_single_file_is_read_from_the_metadata_beside_it(written, compression):
    about = {'outcome': 'failure'}
    bag = written(about=about, storage=StoragePlugin.SQLITE3, compression=compression)
    other = next(written('other', storage=StoragePlugin.SQLITE3).glob('*.db3'))
    # A file that was unpacked in its folder still belongs to the bag.
    shutil.copy(other, bag / 'bag.db3')
    assert BagMessages(bag / 'bag.db3').custom_data() == about
    shutil.copy(other, bag / 'added.db3')
    assert BagMessages(bag / 'added.db3').custom_data() == {}


def test_the_hash_depends_on_the_files_alone(written):
    bag = written()
    before = BagMessages(bag).sha256()
    assert len(before) == 64
    assert BagMessages(bag).sha256() == before
    (bag / 'metadata.yaml').unlink()
    assert BagMessages(bag).sha256() != before


def test_a_truncated_last_file_is_skipped_and_named(written, read, tmp_path, steps):
    whole, second = written(), written('second')
    broken = tmp_path / 'broken'
    broken.mkdir()
    shutil.copy(next(whole.glob('*.mcap')), broken / 'broken_0.mcap')
    data = next(second.glob('*.mcap')).read_bytes()
    (broken / 'broken_1.mcap').write_bytes(data[: len(data) // 2])
    found = read(broken)
    assert len(found.moments) == len(steps)
    assert 'broken_1.mcap is skipped' in found.notices
    assert 'mcap recover' in found.notices


def test_a_bag_with_only_truncated_files_is_rejected(written):
    bag = written()
    file = next(bag.glob('*.mcap'))
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(BagError, match='mcap recover'):
        BagMessages(bag)


def test_a_folder_without_metadata_is_read(written, read, steps):
    """A killed recorder leaves a bag without metadata."""
    bag = written()
    (bag / 'metadata.yaml').unlink()
    assert len(read(bag).moments) == len(steps)


def test_parts_are_read_in_the_order_of_their_numbers(written, tmp_path):
    """Without metadata, part 10 and its instruction come after part 9."""
    whole = tmp_path / 'parts'
    whole.mkdir()
    for name in ('parts_10', 'parts_9'):
        bag = written(name, storage=StoragePlugin.SQLITE3)
        shutil.copy(next(bag.glob('*.db3')), whole / f'{name}.db3')
    assert [file.name for file in BagMessages(whole)._parts] == ['parts_9.db3', 'parts_10.db3']


def test_a_compressed_part_without_metadata_is_rejected_with_the_command_to_unpack_it(written):
    bag = written(storage=StoragePlugin.SQLITE3, compression=CompressionMode.FILE)
    (bag / 'metadata.yaml').unlink()
    with pytest.raises(BagError, match=r'unpacked: zstd -d bag\.db3\.zstd'):
        BagMessages(bag)


@pytest.mark.parametrize('storage', [StoragePlugin.SQLITE3, StoragePlugin.MCAP])
def test_a_damaged_file_is_read_up_to_the_damage_and_named(written, storage):
    mcap = storage is StoragePlugin.MCAP
    compression = CompressionMode.STORAGE if mcap else CompressionMode.NONE
    bag = written(storage=storage, compression=compression)
    file = next(path for path in bag.iterdir() if path.suffix in ('.db3', '.mcap'))
    data = bytearray(file.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = bytes(reversed(data[third : 2 * third]))
    file.write_bytes(data)
    try:
        messages = BagMessages(bag)
        list(messages.read([IMAGES_TOPIC, CHUNKS_TOPIC]))
        notices = ' | '.join(messages.notices)
    except BagError as error:
        notices = str(error)
    assert 'damaged' in notices or 'cannot be read' in notices


def test_a_missing_bag_is_named(tmp_path):
    with pytest.raises(BagError, match='does not exist'):
        BagMessages(tmp_path / 'bag')


def test_a_folder_of_bags_is_rejected(written, tmp_path):
    written('one')
    written('two')
    with pytest.raises(BagError, match='is a folder of 2 bags; pass the bags: '):
        BagMessages(tmp_path)
