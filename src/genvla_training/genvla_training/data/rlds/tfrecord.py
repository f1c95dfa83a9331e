# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read TFRecord files: locate the records, and read one record with checksum verification.

A record is its length (u64, little-endian), the masked crc32c of those eight bytes, the data, and
the masked crc32c of the data.

Source: tensorflow, core/lib/io/record_writer.h and core/lib/hash/crc32c.h (the mask).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
import mmap
from pathlib import Path
import struct
from typing import NamedTuple

import google_crc32c

from genvla_training.data.episode import BadData

_LENGTH = struct.Struct('<Q')
_CRC = struct.Struct('<I')
_HEADER_BYTES = _LENGTH.size + _CRC.size
_MASK_DELTA = 0xA282EAD8


class RecordSpan(NamedTuple):
    """Position of a record's data in a file, without its header [bytes]."""

    offset: int
    num_bytes: int


def masked_crc(data: bytes) -> int:
    """Return the crc32c of the data in TFRecord form: rotated and offset."""
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def map_file(path: Path) -> memoryview:
    """Map a file into memory, for sparse reads of a large file.

    The file stays mapped until its last view is released.

    Raises:
        BadData: The file is missing or cannot be read.
    """
    try:
        with path.open('rb') as file:
            if not path.stat().st_size:
                return memoryview(b'')
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise BadData(f'{path} cannot be read: {error}; download it again') from error
    # Read-ahead would load the pictures between the few bytes needed.
    mapped.madvise(mmap.MADV_RANDOM)
    return memoryview(mapped)


def record_spans(file: memoryview, path: Path) -> Iterator[RecordSpan]:
    """Yield the position of each record; reads only the headers and verifies their checksums.

    Args:
        file: The whole file, for example from map_file().
        path: Path of the file, for messages.

    Raises:
        BadData: The file ends within a record, or a header is damaged.
    """
    at = 0
    for number in count():
        if at == len(file):
            return
        header = bytes(file[at : at + _HEADER_BYTES])
        if len(header) < _HEADER_BYTES:
            raise BadData(
                f'{path} ends within the header of record {number}, at byte {len(file)}; it is '
                'truncated: download it again'
            )
        if _CRC.unpack_from(header, _LENGTH.size)[0] != masked_crc(header[: _LENGTH.size]):
            raise BadData(
                f'{path}: the header of record {number}, at byte {at}, does not match its '
                'checksum (crc32c); the file is damaged, not a TFRecord file, or only a Git LFS '
                'pointer: download it again'
            )
        span = RecordSpan(at + _HEADER_BYTES, *_LENGTH.unpack_from(header))
        at = span.offset + span.num_bytes + _CRC.size
        if at > len(file):
            raise BadData(
                f'{path} ends at byte {len(file)}, within record {number}, which should end at '
                f'byte {at}; it is truncated: download it again'
            )
        yield span


def read_record(path: Path, span: RecordSpan, *, source: str) -> bytes:
    """Read the data of one record.

    Args:
        path: The file.
        span: Position of the data.
        source: Description of the data, for messages.

    Raises:
        BadData: The file is missing or too short, or the data does not match its crc32c.
    """
    try:
        with path.open('rb') as file:
            file.seek(span.offset)
            data = file.read(span.num_bytes)
            crc = file.read(_CRC.size)
    except OSError as error:
        raise BadData(f'{source}: {path} cannot be read: {error}; download it again') from error
    if len(crc) < _CRC.size:
        raise BadData(
            f'{source}: {path} ends within the record of {span.num_bytes} bytes at byte '
            f'{span.offset}; it is truncated: download it again'
        )
    found, expected = masked_crc(data), _CRC.unpack(crc)[0]
    if found != expected:
        raise BadData(
            f'{source}: the checksum (crc32c) of its record in {path} at byte {span.offset} is '
            f'{found:#010x}, expected {expected:#010x}; the file is damaged: download it again'
        )
    return data
