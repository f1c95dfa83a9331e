# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's CPU threads."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from genvla_command import threads
from genvla_command.threads import let_idle_threads_sleep, use_threads


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Provide eight cores without OpenMP settings, and restore PyTorch's threads afterwards."""
    for name in ('OMP_NUM_THREADS', 'OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'KMP_BLOCKTIME'):
        monkeypatch.setenv(name, '')  # so that monkeypatch removes what use_threads() sets
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(8)))
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def checkpoint(tmp_path):
    (tmp_path / 'model.safetensors').write_bytes(bytes(8))
    return tmp_path


def test_the_requested_number_is_used(checkpoint, monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '5')
    use_threads(3, checkpoints=[checkpoint])
    assert torch.get_num_threads() == 3


def test_a_small_checkpoint_has_one_thread(checkpoint):
    use_threads(checkpoints=[checkpoint])
    assert torch.get_num_threads() == 1


def test_a_large_checkpoint_leaves_one_core(checkpoint, monkeypatch):
    monkeypatch.setattr(threads, 'SMALL_BYTES', 8)
    use_threads(checkpoints=[checkpoint])
    assert torch.get_num_threads() == 7


def test_a_small_checkpoint_beside_a_large_one_does_not_slow_it_down(
    checkpoint, tmp_path, monkeypatch
):
    monkeypatch.setattr(threads, 'SMALL_BYTES', 9)
    large = tmp_path / 'large'
    large.mkdir()
    (large / 'model.safetensors').write_bytes(bytes(9))
    use_threads(checkpoints=[large, checkpoint])
    assert torch.get_num_threads() == 7


def test_a_single_core_has_one_thread(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: {0})
    use_threads()
    assert torch.get_num_threads() == 1


def test_environment_variables_take_precedence(checkpoint, monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '4')
    monkeypatch.setenv('OMP_WAIT_POLICY', 'ACTIVE')
    torch.set_num_threads(4)
    let_idle_threads_sleep()
    use_threads(checkpoints=[checkpoint])
    assert torch.get_num_threads() == 4
    assert os.environ['OMP_WAIT_POLICY'] == 'ACTIVE'


@pytest.mark.parametrize('package', ['genvla_eval', 'genvla_policy', 'genvla_training'])
def test_a_package_that_uses_pytorch_lets_idle_threads_sleep_before_it_is_imported(package):
    code = (
        f'import {package}, os, sys\n'
        'assert "torch" not in sys.modules\n'
        'assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"\n'
        'assert os.environ["GOMP_SPINCOUNT"] == "0"\n'
    )
    subprocess.run([sys.executable, '-c', code], check=True)


def test_importing_the_module_does_not_import_pytorch():
    code = 'import sys, genvla_command.threads; sys.exit("torch" in sys.modules)'
    subprocess.run([sys.executable, '-c', code], check=True)
