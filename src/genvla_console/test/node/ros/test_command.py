# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The names under which the console can be reached."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest

from genvla_console.ros.command import ConsoleOptions


@pytest.fixture
def computer(monkeypatch):
    """A computer whose hosts file maps its name to a loopback address, as Ubuntu's does."""
    interfaces = {'lo': '127.0.0.1', 'eth0': '192.168.1.20', 'docker0': '172.17.0.1'}
    found = {
        name: [SimpleNamespace(family=socket.AF_INET, address=address)]
        for name, address in interfaces.items()
    }
    monkeypatch.setattr(psutil, 'net_if_addrs', lambda: found)
    monkeypatch.setattr(socket, 'gethostname', lambda: 'robot')


def test_other_computers_may_use_every_address_of_this_one(computer):
    hosts = ConsoleOptions(host='0.0.0.0').hosts
    assert {'192.168.1.20', '172.17.0.1', 'robot', 'robot.local', 'localhost'} <= set(hosts)
    assert ConsoleOptions().hosts == ['127.0.0.1', 'localhost']


def test_the_addresses_are_printed_too(computer):
    assert ConsoleOptions(host='0.0.0.0').lines('secret/1') == [
        'watch: http://robot:8090/',
        'control: http://robot:8090/#token=secret/1',
        'if a browser does not find robot, use 192.168.1.20 or 172.17.0.1 instead',
    ]
    assert ConsoleOptions(port=1).lines('secret')[0] == 'watch: http://127.0.0.1:1/'
    assert len(ConsoleOptions().lines('secret')) == 2
