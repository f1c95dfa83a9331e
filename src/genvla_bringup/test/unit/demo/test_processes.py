# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from pathlib import Path
import sys
import time

import pytest

from genvla_bringup.demo.processes import NodeCommand, NodeProcesses, ProcessDied


def python(name, code):
    return NodeCommand(name, (sys.executable, '-c', code))


def wait_for(condition, timeout_s=20.0):
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def is_alive(pid):
    # A process that has ended but was not waited for still has a folder in /proc.
    status = Path(f'/proc/{pid}/stat')
    return status.exists() and status.read_text().rpartition(')')[2].split()[0] != 'Z'


def test_a_process_that_dies_is_reported_with_its_last_lines(tmp_path):
    with NodeProcesses(tmp_path, os.environ) as processes:
        processes.start(python('bridge', 'print("no driver"); raise SystemExit(3)'))
        wait_for(lambda: 'no driver' in processes.tail('bridge'))
        with pytest.raises(ProcessDied, match=r'bridge ended with status 3.*\n  no driver'):
            wait_for(lambda: processes.check())


def test_a_killed_process_is_reported_with_the_signal(tmp_path):
    with NodeProcesses(tmp_path, os.environ) as processes:
        processes.start(python('bridge', 'import os; os.kill(os.getpid(), 9)'))
        with pytest.raises(ProcessDied, match='bridge was killed by SIGKILL'):
            wait_for(lambda: processes.check())


def test_nothing_is_left_running_after_an_error(tmp_path):
    code = 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'
    pids = []

    def fail_while_it_runs():
        with NodeProcesses(tmp_path, os.environ) as processes:
            processes.start(python('sim', code))
            wait_for(lambda: processes.tail('sim').strip().isdigit())
            pids.append(int(processes.tail('sim')))
            raise RuntimeError('the plan failed')

    with pytest.raises(RuntimeError, match='the plan failed'):
        fail_while_it_runs()
    assert not is_alive(pids[0])


def test_child_processes_are_stopped_too(tmp_path):
    code = (
        'import subprocess, sys, time\n'
        'child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])\n'
        'print(child.pid, flush=True)\n'
        'time.sleep(600)\n'
    )
    with NodeProcesses(tmp_path, os.environ) as processes:
        processes.start(python('sim', code))
        wait_for(lambda: processes.tail('sim').strip().isdigit())
        child = int(processes.tail('sim'))
    wait_for(lambda: not is_alive(child))


def test_processes_are_stopped_newest_first(tmp_path):
    code = (
        'import signal, sys, time\n'
        'def bye(*_): print(time.monotonic_ns(), flush=True); sys.exit()\n'
        'signal.signal(signal.SIGTERM, bye)\n'
        'print("up", flush=True)\n'
        'time.sleep(600)\n'
    )
    with NodeProcesses(tmp_path, os.environ) as processes:
        for name in ('sim', 'policy'):
            processes.start(python(name, code))
            wait_for(lambda name=name: 'up' in processes.tail(name))
    stopped = {name: int(processes.tail(name).split()[-1]) for name in ('sim', 'policy')}
    assert stopped['policy'] < stopped['sim']
