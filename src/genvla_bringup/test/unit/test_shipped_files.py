# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
import runpy

import pytest
import setuptools
import yaml

PACKAGE = Path(__file__).parents[2]
LAUNCH_FILES = sorted((PACKAGE / 'launch').glob('*.launch.py'))
PARAMETER_FILES = sorted(
    file.stem for file in (PACKAGE / 'config').glob('*.yaml') if file.stem != 'xs_modes'
)


@pytest.mark.parametrize('file', LAUNCH_FILES, ids=lambda file: file.name)
def test_a_launch_file_compiles(file):
    compile(file.read_text(), str(file), 'exec')


def test_the_launch_files_of_the_interface_are_there():
    names = {file.name for file in LAUNCH_FILES}
    assert names >= {'real_robot.launch.py', 'sim_robot.launch.py', 'policy_only.launch.py'}


def test_every_config_and_launch_file_is_installed(monkeypatch):
    given = {}
    monkeypatch.setattr(setuptools, 'setup', lambda **keywords: given.update(keywords))
    monkeypatch.chdir(PACKAGE)
    runpy.run_path('setup.py')
    installed = {file for _, files in given['data_files'] for file in files}
    for folder in ('config', 'launch'):
        assert {str(file) for file in Path(folder).iterdir() if file.is_file()} <= installed


@pytest.mark.parametrize('name', PARAMETER_FILES)
def test_a_parameter_file_holds_nothing_but_ros_parameters(name):
    content = yaml.safe_load((PACKAGE / 'config' / f'{name}.yaml').read_text())
    assert all(set(node) == {'ros__parameters'} for node in content.values())
    assert all(key.startswith('/**/') for key in content)
