# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameter files that ROS would silently ignore."""

from __future__ import annotations

import pytest

from genvla_bringup.checks.parameter_file import check_files, objection
from genvla_bringup.demo.command import config_folder


def written(tmp_path, text):
    file = tmp_path / 'my_robot.yaml'
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    'name', ['viperx_bridge', '/viperx_bridge', '/**', '/**/viperx_bridge', '"*"']
)
def test_a_file_that_names_the_node_is_fine(tmp_path, name):
    file = written(tmp_path, f'{name}:\n  ros__parameters: {{table_height: 0.0}}\n')
    assert objection(file, 'viperx_bridge') == ''


@pytest.mark.parametrize('namespace', ['left', '/left', '/left/'])
def test_in_a_namespace_a_file_must_name_the_node_there(tmp_path, namespace):
    def check(text):
        arguments = {'namespace': namespace, 'robot_config': str(written(tmp_path, text))}
        check_files(arguments, 'viperx_bridge', 'robot_config')

    parameters = '{ros__parameters: {table_height: 0.1}}'
    for name in ('/left/viperx_bridge', 'left/viperx_bridge', '/**/viperx_bridge', '/*/*'):
        check(f'{name}: {parameters}')
    check(f'left: {{viperx_bridge: {parameters}}}')
    for name in ('viperx_bridge', '/viperx_bridge', '/right/viperx_bridge', '"*"'):
        with pytest.raises(ValueError, match=r'no parameters of /left/viperx_bridge.*write /\*\*'):
            check(f'{name}: {parameters}')


@pytest.mark.parametrize('name', ['own_robot', 'viperx_bridge', 'viperx_bridge_v2', 'sim_robot'])
def test_the_files_that_are_shipped_for_the_bridge_are_fine(name):
    assert objection(config_folder() / f'{name}.yaml', 'viperx_bridge') == ''


@pytest.mark.parametrize(
    ('text', 'says'),
    [
        ('/viperx_brigde:\n  ros__parameters: {table_height: 0.0}\n', 'names /viperx_brigde'),
        ('table_height: 0.0\n', 'names table_height'),
        ('[1, 2]\n', 'is not a parameter file'),
        ('', 'is not a parameter file'),
        ('a: [1\n', 'not valid YAML'),
        ('&a {left: *a}\n', 'not valid YAML'),
    ],
)
def test_a_file_without_parameters_of_the_node_is_reported(tmp_path, text, says):
    assert says in objection(written(tmp_path, text), 'viperx_bridge')


def test_a_missing_file_is_reported(tmp_path):
    assert 'nosuch.yaml cannot be read' in objection(tmp_path / 'nosuch.yaml', 'viperx_bridge')
