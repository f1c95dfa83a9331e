# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test gets: one thread, its place among workers, and the fixtures of node tests."""

import importlib.util
import os

import pytest

# Before torch is imported, here or in a process that a test starts: beside another busy process
# two threads that wait for each other are up to ten times slower than one.
os.environ.setdefault('OMP_NUM_THREADS', '1')
# Dozens of processes that tests start would each compile every module.
os.environ.pop('PYTHONDONTWRITEBYTECODE', None)

# The pure packages' tests also run on a machine without ROS.
pytest_plugins = ['genvla_node.testing'] if importlib.util.find_spec('rclpy') else []

REAL_TIME_RINGS = {'demo', 'launch', 'node'}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share the files out among the workers; tests of a running graph all go to one of them.

    They run in real time, and would disturb each other.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Rings(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition('::')[0]
            ring = file.rpartition('/test/')[2].partition('/')[0]
            return 'real time' if ring in REAL_TIME_RINGS else file

    return Rings(config, log)
