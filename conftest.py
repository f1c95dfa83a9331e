# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test gets: one thread, a group for xdist, and the fixtures of node tests."""

import importlib.util
import os
from pathlib import Path

import pytest

# Before torch is imported, here or in a process that a test starts: beside another busy process
# two threads that wait for each other are up to ten times slower than one.
os.environ.setdefault('OMP_NUM_THREADS', '1')

# The pure packages' tests also run on a machine without ROS.
pytest_plugins = ['genvla_node.testing'] if importlib.util.find_spec('rclpy') else []

REAL_TIME_RINGS = {'demo', 'launch', 'node'}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Group tests for `pytest -n --dist loadgroup`.

    Tests of a running graph go to one worker, one after the other; the files of the unit rings
    are shared out among all workers.
    """
    for item in items:
        rings = REAL_TIME_RINGS.intersection(Path(item.path).parts)
        group = 'real_time' if rings else item.nodeid.partition('::')[0]
        item.add_marker(pytest.mark.xdist_group(group))
