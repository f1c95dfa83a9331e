# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pure modules import on a machine that has no ROS."""

from pathlib import Path
import subprocess
import sys

import pytest

PURE_PACKAGES = [
    'genvla_bags',
    'genvla_eval',
    'genvla_policy',
    'genvla_sim',
    'genvla_training',
    'genvla_viperx',
]
SRC = Path(__file__).resolve().parents[3]

IMPORT_ALL_WITHOUT_ROS = """
import importlib
import importlib.abc
import pkgutil
import sys

class NoRos(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {'rclpy', 'genvla_node'} or name.split('.')[0].endswith('_msgs'):
            raise ModuleNotFoundError(f'{name} is blocked: ROS stays in ros/ folders')
        return None

sys.meta_path.insert(0, NoRos())
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):
    if '.ros' not in module.name and not module.name.endswith('__main__'):
        importlib.import_module(module.name)
"""


@pytest.mark.parametrize('package', PURE_PACKAGES)
def test_pure_modules_import_with_ros_blocked(package):
    done = subprocess.run(
        [sys.executable, '-c', IMPORT_ALL_WITHOUT_ROS, package],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('package', PURE_PACKAGES)
def test_no_pure_module_imports_a_ros_folder(package):
    offenders = [
        str(path.relative_to(SRC))
        for path in (SRC / package / package).rglob('*.py')
        if 'ros' not in path.relative_to(SRC / package / package).parts[:-1]
        and f'{package}.ros' in path.read_text(encoding='utf-8')
    ]
    assert offenders == []
