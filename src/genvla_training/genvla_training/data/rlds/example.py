# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parse tf.Example messages without TensorFlow; features not requested are skipped, not copied.

Example {features=1: Features}; Features {feature=1: map<string, Feature>}; Feature is one of
{bytes_list=1, float_list=2, int64_list=3}, each with {repeated value=1}.

Source: tensorflow, core/example/example.proto and feature.proto; protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = list[bytes] | NDArray[np.float32] | NDArray[np.int64]
"""Values of a feature: byte strings, floats or integers."""

_VARINT, _EIGHT_BYTES, _LENGTH_PREFIXED, _FOUR_BYTES = 0, 1, 2, 5
_FIXED_BYTES = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_MAX_VARINT_BYTES = 10


class NotAnExample(ValueError):
    """The bytes are not a tf.Example."""


def parse_example(record: bytes | memoryview, keys: Collection[str]) -> dict[str, Values]:
    """Read the requested features of a tf.Example.

    Args:
        record: The message. Views into it are not kept.
        keys: Names of the features to read.

    Returns:
        The requested features that the message contains.

    Raises:
        NotAnExample: The message is not well-formed.
    """
    wanted = {key.encode(): key for key in keys}
    found = {}
    for entry in _feature_entries(record):
        key, feature = _key_and_feature(entry)
        if key in wanted:
            found[wanted[key]] = _values(feature)
    return found


def feature_names(record: bytes | memoryview) -> list[str]:
    """Return the names of all features of a tf.Example, sorted.

    Raises:
        NotAnExample: The message is not well-formed.
    """
    keys = (_key_and_feature(entry)[0] for entry in _feature_entries(record))
    return sorted(key.decode(errors='replace') for key in keys)


def _feature_entries(record: bytes | memoryview) -> Iterator[memoryview]:
    """Yield the entries of a tf.Example's map of features, undecoded."""
    for features in _submessages(memoryview(record), 1):
        yield from _submessages(features, 1)


def _key_and_feature(entry: memoryview) -> tuple[bytes, memoryview]:
    key, feature = b'', memoryview(b'')
    for number, wire, content in _fields(entry):
        if (number, wire) == (1, _LENGTH_PREFIXED):
            key = bytes(content)
        elif (number, wire) == (2, _LENGTH_PREFIXED):
            feature = content
    return key, feature


def _values(feature: memoryview) -> Values:
    values: Values = []
    for number, wire, content in _fields(feature):
        if wire == _LENGTH_PREFIXED and number in _READERS:
            values = _READERS[number](content)
    return values


def _byte_strings(message: memoryview) -> Values:
    return [bytes(content) for content in _submessages(message, 1)]


def _floats(message: memoryview) -> Values:
    # Packed and single values have the same four bytes each.
    parts = [content for number, _, content in _fields(message) if number == 1]
    joined = bytes(parts[0]) if len(parts) == 1 else b''.join(parts)
    if len(joined) % 4:
        raise NotAnExample(f'a list of floats has {len(joined)} bytes, not a multiple of 4')
    return np.frombuffer(joined, dtype='<f4').astype(np.float32)


def _integers(message: memoryview) -> Values:
    numbers: list[int] = []
    for number, _, content in _fields(message):
        at = 0
        while number == 1 and at < len(content):
            value, at = _varint(content, at)
            numbers.append(value)
    return np.array(numbers, dtype=np.uint64).astype(np.int64)  # two's complement


_READERS: Mapping[int, Callable[[memoryview], Values]] = {
    1: _byte_strings,
    2: _floats,
    3: _integers,
}


def _submessages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    for number, wire, content in _fields(message):
        if (number, wire) == (wanted, _LENGTH_PREFIXED):
            yield content


def _fields(message: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Yield number, wire type and content of each field of a message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        wire = tag & 7
        if wire == _LENGTH_PREFIXED:
            size, at = _varint(message, at)
            end = at + size
        elif wire == _VARINT:
            _, end = _varint(message, at)
        elif wire in _FIXED_BYTES:
            end = at + _FIXED_BYTES[wire]
        else:
            raise NotAnExample(f'a field has the unknown wire type {wire}')
        if end > len(message):
            raise NotAnExample(f'a field ends {end - len(message)} bytes after its message')
        yield tag >> 3, wire, message[at:end]
        at = end


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at a byte, and the offset after it."""
    value = 0
    for index, byte in enumerate(message[at : at + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + index + 1
    raise NotAnExample('a varint is not terminated')
