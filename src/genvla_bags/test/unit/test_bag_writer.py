# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Written messages are read back; message definitions are looked up."""

from __future__ import annotations

import numpy as np
import pytest
from rosbags.rosbag2 import WriterError

from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.bag_writer import BagWriter, UnknownMessageType

STRING = 'std_msgs/msg/String'


def test_a_message_is_read_back_with_its_arrival_time(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        bag.write('/said', bag.message(STRING, data='go'), 1_500_000_000)
    [message] = BagMessages(tmp_path / 'bag').read(['/said'])
    assert (message.topic, message.received_s, message.body.data) == ('/said', 1.5, 'go')


def test_a_serialized_message_is_written_unchanged(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        bag.add_topic('/said', STRING)
        bag.write_serialized('/said', b'\x00\x01\x00\x00\x03\x00\x00\x00go\x00', 0)
    [message] = BagMessages(tmp_path / 'bag').read(['/said'])
    assert message.body.data == 'go'


def test_messages_are_counted_by_topic(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        bag.add_topic('/silent', STRING)
        for time_ns in (1, 2):
            bag.write('/said', bag.message(STRING, 'go'), time_ns)
        assert bag.topics == {'/silent', '/said'}
        assert bag.message_count == 2
        assert [bag.count(topic) for topic in ('/said', '/silent', '/other')] == [2, 0, 0]


def test_a_definition_is_found_with_its_nested_types(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        zero = bag.message('geometry_msgs/msg/Vector3', 0.0, 0.0, 0.0)
        step = bag.message('genvla_msgs/msg/EndEffectorDelta', zero, zero, 0.5)
        no_time = bag.message('builtin_interfaces/msg/Duration', 0, 0)
        header = bag.header(1_000_000_001, 'base')
        confidence = np.empty(0, np.float32)
        fields = (header, 0, 'go', no_time, [step], confidence, '', no_time, 'tiny', 0, 0)
        bag.write('/chunk', bag.message('genvla_msgs/msg/ActionChunk', *fields), 0)
    [message] = BagMessages(tmp_path / 'bag').read(['/chunk'])
    assert message.body.actions[0].gripper == 0.5
    assert (message.body.header.stamp.sec, message.body.header.stamp.nanosec) == (1, 1)


def test_definitions_are_read_from_an_installed_package(tmp_path, monkeypatch):
    folder = tmp_path / 'share' / 'other_msgs' / 'msg'
    folder.mkdir(parents=True)
    (folder / 'Inner.msg').write_text('float64 x')
    (folder / 'Outer.msg').write_text('other_msgs/Inner[] inners')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    with BagWriter(tmp_path / 'bag') as bag:
        inner = bag.message('other_msgs/msg/Inner', 2.0)
        bag.write('/outer', bag.message('other_msgs/msg/Outer', [inner]), 0)
        with pytest.raises(UnknownMessageType, match='does not define other_msgs/msg/No'):
            bag.add_topic('/no', 'other_msgs/msg/No')
    [message] = BagMessages(tmp_path / 'bag').read(['/outer'])
    assert message.body.inners[0].x == 2.0


def test_a_damaged_definition_does_not_affect_other_messages(tmp_path, monkeypatch):
    folder = tmp_path / 'share' / 'other_msgs' / 'msg'
    folder.mkdir(parents=True)
    (folder / 'Damaged.msg').write_text('float64 = = x')
    (folder / 'Outer.msg').write_text('Damaged damaged')
    (folder / 'Whole.msg').write_bytes('float64 x  # in °'.encode('latin-1'))
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    with BagWriter(tmp_path / 'bag') as bag:
        for name in ('Damaged', 'Outer', 'Outer'):
            with pytest.raises(UnknownMessageType, match=r'Damaged\.msg cannot be parsed'):
                bag.add_topic('/damaged', f'other_msgs/msg/{name}')
        bag.write('/whole', bag.message('other_msgs/msg/Whole', 2.0), 0)
    [message] = BagMessages(tmp_path / 'bag').read(['/whole'])
    assert message.body.x == 2.0


def test_a_missing_package_is_named(tmp_path):
    with (
        BagWriter(tmp_path / 'bag') as bag,
        pytest.raises(UnknownMessageType, match='other_msgs is not installed: run colcon build'),
    ):
        bag.add_topic('/other', 'other_msgs/msg/Other')


def test_custom_data_may_be_added_until_the_bag_is_closed(tmp_path):
    bag = BagWriter(tmp_path / 'bag', custom_data={'task': 'PickCarrot'})
    bag.describe('outcome', 'success')
    bag.close()
    about = BagMessages(tmp_path / 'bag').custom_data()
    assert about == {'task': 'PickCarrot', 'outcome': 'success'}


def test_an_existing_folder_is_not_changed(tmp_path):
    with pytest.raises(WriterError, match='exists already'):
        BagWriter(tmp_path)


def test_a_bag_whose_writer_failed_has_no_metadata(tmp_path):
    with pytest.raises(BagError, match='no room'), BagWriter(tmp_path / 'bag'):
        raise BagError('no room')
    assert not (tmp_path / 'bag' / 'metadata.yaml').exists()
