# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Set-up: unchanged steps are skipped, and errors are one line."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def underlay_module():
    def load(name):
        spec = importlib.util.spec_from_file_location(name, ROOT / 'underlay' / f'{name}.py')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def bootstrap(underlay_module, tmp_path, monkeypatch):
    module = underlay_module('bootstrap')
    monkeypatch.setattr(module, 'VENV', tmp_path)
    return module


def test_a_stamp_is_current_only_for_the_content_it_was_written_for(bootstrap, tmp_path):
    lock = tmp_path / 'a.lock'
    lock.write_text('one==1')
    bootstrap.Stamp('packages', [lock], extra='3.11').write()
    assert bootstrap.Stamp('packages', [lock], extra='3.11').is_current()
    assert not bootstrap.Stamp('packages', [lock], extra='3.12').is_current()
    lock.write_text('one==2')
    assert not bootstrap.Stamp('packages', [lock], extra='3.11').is_current()


def test_another_ros_distribution_is_refused_with_a_remedy(bootstrap, monkeypatch):
    monkeypatch.setenv('ROS_DISTRO', 'humble')
    with pytest.raises(bootstrap.SetupError, match='humble is sourced, but genvla needs Jazzy'):
        bootstrap.ros_is_sourced()


def test_a_sourced_jazzy_is_used(bootstrap, monkeypatch):
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    assert bootstrap.ros_is_sourced()


def test_missing_rendering_libraries_give_one_line_with_the_apt_command(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, 'RENDERING', {'libno1': ('/no/such/library.so*',)})
    monkeypatch.setattr(bootstrap.os, 'geteuid', lambda: 1000)
    with pytest.raises(bootstrap.SetupError, match=r'sudo apt-get install .* libno1$'):
        bootstrap.install_system_packages()


def test_an_unsupported_python_is_named(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, 'SUPPORTED_PYTHON', ((3, 8),))
    with pytest.raises(bootstrap.SetupError, match=r'Python 3\.8 is required, but this is 3\.'):
        bootstrap.check_python()


def test_relocation_rewrites_both_prefixes_and_is_idempotent(underlay_module, tmp_path):
    relocate = underlay_module('relocate').relocate
    export = tmp_path / 'rclpy' / 'export.cmake'
    export.parent.mkdir()
    export.write_text(
        'include("/opt/python/cp311-cp311/include/python3.11")\n'
        'numpy("/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy/_core/include")\n'
    )
    assert relocate(tmp_path, include='/usr/include/py', site_packages='/venv/site') == 1
    assert export.read_text() == (
        'include("/usr/include/py")\nnumpy("/venv/site/numpy/_core/include")\n'
    )
    assert relocate(tmp_path, include='/usr/include/py', site_packages='/venv/site') == 0
