# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test gets: one thread, the mark real_time where it is due, and ROS fixtures."""

import gc
import importlib.util
import os

import hypothesis
import pytest

# Before torch is imported, here or in a process that a test starts: beside another busy process
# two threads that wait for each other are up to ten times slower than one.
os.environ.setdefault('OMP_NUM_THREADS', '1')
# Dozens of processes that tests start would each compile every module.
os.environ.pop('PYTHONDONTWRITEBYTECODE', None)

# A loaded machine is slow by itself, and a failure has to come again.
hypothesis.settings.register_profile('genvla', deadline=None, derandomize=True)
hypothesis.settings.load_profile('genvla')

# The pure packages' tests also run on a machine without ROS.
pytest_plugins = ['genvla_node.testing'] if importlib.util.find_spec('rclpy') else []

REAL_TIME_RINGS = {'demo', 'launch'}


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items):
    """Mark the tests of the whole loop, which `make test` runs one after the other.

    They run in real time: beside other busy processes joint states are late, and the arm stops.
    """
    for item in items:
        ring = item.nodeid.rpartition('/test/')[2].partition('/')[0]
        if ring in REAL_TIME_RINGS:
            item.add_marker(pytest.mark.real_time)


def pytest_collection_finish(session):
    """Keep what was imported out of the collections to come: every ROS test makes one."""
    gc.collect()
    gc.freeze()
