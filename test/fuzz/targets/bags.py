# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags in mcap and sqlite3, with their metadata."""

import numpy as np
from rosbags.rosbag2 import StoragePlugin
from targets._folder import AttackedFolder

from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.bag_writer import BagWriter

TOPIC = '/policy/instruction'


def _write(folder):
    for storage in (StoragePlugin.MCAP, StoragePlugin.SQLITE3):
        with BagWriter(folder / storage.name.lower(), storage=storage) as bag:
            for number in range(3):
                said = bag.message('std_msgs/msg/String', f'pick {number}')
                bag.write(TOPIC, said, 1_000_000_000 + number)
    return folder / 'mcap'


FOLDER = AttackedFolder(_write, longest=100_000)
SEEDS = FOLDER.seeds
EXPECTED = (BagError,)


def attack(data):
    FOLDER.put(data)
    for storage in ('mcap', 'sqlite3'):
        bag = BagMessages(FOLDER.path.parent / storage)
        for message in bag.read([TOPIC]):
            assert isinstance(message.body.data, str)
        bag.connections()
        assert np.isfinite(bag.end_s())
