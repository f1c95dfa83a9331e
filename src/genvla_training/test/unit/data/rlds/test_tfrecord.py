# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The framing of TFRecord files, on files that the tests write."""

from __future__ import annotations

import struct

import google_crc32c
from hypothesis import given
from hypothesis import strategies as st
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.rlds.tfrecord import (
    RecordSpan,
    map_file,
    masked_crc,
    read_record,
    record_spans,
)


def masked(data):
    crc = google_crc32c.value(data)
    return struct.pack('<I', ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def framed(record):
    length = struct.pack('<Q', len(record))
    return length + masked(length) + record + masked(record)


def spans(path):
    return list(record_spans(map_file(path), path))


@pytest.fixture
def three(tmp_path):
    path = tmp_path / 'three.tfrecord'
    path.write_bytes(framed(b'one') + framed(b'') + framed(b'three'))
    return path


def test_checksums_are_those_of_crc32c_masked():
    # The check value of crc32c is e3069283; rotated right by 15 and offset it is this.
    assert masked_crc(b'123456789') == 0xC78AB0E5


def test_records_are_found_without_reading_them(three):
    assert spans(three) == [RecordSpan(12, 3), RecordSpan(31, 0), RecordSpan(47, 5)]


def test_any_record_can_be_read_alone(three):
    assert read_record(three, RecordSpan(47, 5), source='it') == b'three'
    assert read_record(three, RecordSpan(31, 0), source='it') == b''


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / 'empty').write_bytes(b'')
    assert spans(tmp_path / 'empty') == []


@given(records=st.lists(st.binary(max_size=40), max_size=5))
def test_written_records_are_read_back(tmp_path_factory, records):
    path = tmp_path_factory.mktemp('records') / 'file'
    path.write_bytes(b''.join(map(framed, records)))
    assert [read_record(path, span, source='it') for span in spans(path)] == records


@pytest.mark.parametrize(
    ('kept_bytes', 'message'),
    [
        (5, 'ends within the header of record 0'),
        (14, 'ends at byte 14, within record 0, which should end at byte 19'),
        (30, 'ends within the header of record 1'),
        (53, 'ends at byte 53, within record 2, which should end at byte 56'),
    ],
)
def test_a_truncated_file_is_reported_as_truncated(three, kept_bytes, message):
    three.write_bytes(three.read_bytes()[:kept_bytes])
    with pytest.raises(BadData, match=message):
        spans(three)


def test_a_damaged_header_is_detected(three):
    data = bytearray(three.read_bytes())
    data[19] ^= 1
    three.write_bytes(data)
    with pytest.raises(
        BadData, match='header of record 1, at byte 19, does not match its checksum'
    ):
        spans(three)


def test_a_git_lfs_pointer_is_refused(tmp_path):
    (tmp_path / 'file').write_text('version https://git-lfs.github.com/spec/v1')
    with pytest.raises(BadData, match='Git LFS pointer'):
        spans(tmp_path / 'file')


def test_damaged_data_is_detected(three):
    three.write_bytes(three.read_bytes().replace(b'three', b'threw'))
    with pytest.raises(BadData, match=r'it: the checksum .* of its record in .* at byte 47 is'):
        read_record(three, RecordSpan(47, 5), source='it')


def test_a_file_that_became_shorter_is_detected(three):
    three.write_bytes(three.read_bytes()[:50])
    with pytest.raises(BadData, match=r'it: .* ends within the record of 5 bytes at byte 47'):
        read_record(three, RecordSpan(47, 5), source='it')


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadData, match='absent cannot be read'):
        read_record(tmp_path / 'absent', RecordSpan(12, 1), source='it')
    with pytest.raises(BadData, match='absent cannot be read'):
        map_file(tmp_path / 'absent')
