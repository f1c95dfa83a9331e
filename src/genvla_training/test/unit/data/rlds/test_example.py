# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The reader of tf.Example messages, on messages written by google.protobuf."""

from __future__ import annotations

from contextlib import suppress

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_training.data.rlds.example import NotAnExample, feature_names, parse_example

_KINDS = {
    'BytesList': descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    'FloatList': descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT,
    'Int64List': descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
}


def add_field(message, name, number, type_name='', **more):
    field = message.field.add(name=name, number=number, label=1, **more)
    if type_name:
        field.type, field.type_name = 11, f'.test.{type_name}'
    return field


def example_class():
    """Build tensorflow/core/example/example.proto and feature.proto in code."""
    file = descriptor_pb2.FileDescriptorProto(name='e.proto', package='test', syntax='proto3')
    for kind, number_type in _KINDS.items():
        message = file.message_type.add(name=kind)
        message.field.add(name='value', number=1, label=3, type=number_type)
    feature = file.message_type.add(name='Feature')
    feature.oneof_decl.add(name='kind')
    for number, name in enumerate(('bytes_list', 'float_list', 'int64_list'), start=1):
        add_field(feature, name, number, list(_KINDS)[number - 1], oneof_index=0)
    features = file.message_type.add(name='Features')
    entry = features.nested_type.add(name='FeatureEntry')
    entry.options.map_entry = True
    add_field(entry, 'key', 1, type=9)
    add_field(entry, 'value', 2, 'Feature')
    add_field(features, 'feature', 1, 'Features.FeatureEntry').label = 3
    add_field(file.message_type.add(name='Example'), 'features', 1, 'Features')
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName('test.Example'))


Example = example_class()


def encoded(values):
    message = Example()
    for key, (kind, content) in values.items():
        getattr(message.features.feature[key], kind).value.extend(content)
    return message.SerializeToString()


contents = st.one_of(
    st.tuples(st.just('bytes_list'), st.lists(st.binary(max_size=200), min_size=1, max_size=4)),
    st.tuples(st.just('float_list'), st.lists(st.floats(width=32, allow_nan=False), min_size=1)),
    st.tuples(
        st.just('int64_list'), st.lists(st.integers(min_value=-(2**63), max_value=2**63 - 1))
    ),
)


@given(values=st.dictionaries(st.text(max_size=10), contents, max_size=5))
def test_every_message_is_read_as_protobuf_writes_it(values):
    found = parse_example(encoded(values), values.keys())
    assert {key: list(found[key]) for key in found} == {
        key: content for key, (_, content) in values.items()
    }


def test_types_are_those_of_the_message():
    message = encoded(
        {'b': ('bytes_list', [b'x']), 'f': ('float_list', [0.5]), 'i': ('int64_list', [-1])}
    )
    found = parse_example(message, ['b', 'f', 'i'])
    assert found['b'] == [b'x']
    assert (found['f'].dtype, found['f'].tolist()) == (np.float32, [0.5])
    assert (found['i'].dtype, found['i'].tolist()) == (np.int64, [-1])


def test_only_requested_features_are_read():
    message = encoded({'actions': ('float_list', [1.0]), 'image': ('bytes_list', [b'x' * 999])})
    assert parse_example(message, ['actions', 'absent']).keys() == {'actions'}
    assert feature_names(message) == ['actions', 'image']


def test_unpacked_floats_are_read():
    value = b'\x0d\x00\x00\x80\x3f'  # field 1, four bytes: 1.0
    feature = bytes([0x12, 2 * len(value)]) + 2 * value
    entry = b'\x0a\x01a\x12' + bytes([len(feature)]) + feature
    features = b'\x0a' + bytes([len(entry)]) + entry
    message = b'\x0a' + bytes([len(features)]) + features
    assert parse_example(message, ['a'])['a'].tolist() == [1, 1]


def test_a_truncated_message_is_refused():
    message = encoded({'actions': ('float_list', [1.0, 2.0])})
    for size in range(1, len(message)):
        with pytest.raises(NotAnExample):
            parse_example(message[:size], ['actions'])


@given(message=st.binary(max_size=60))
def test_arbitrary_bytes_are_read_or_refused(message):
    with suppress(NotAnExample):
        assert set(parse_example(message, ['a'])) <= {'a'}
