# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pure modules import on a machine that has no ROS, and imports point down."""

import ast
from pathlib import Path
import re
import subprocess
import sys

import pytest

PURE_PACKAGES = [
    'genvla_bags',
    'genvla_command',
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
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + '.'):
        if '.ros' not in module.name and not module.name.endswith('__main__'):
            importlib.import_module(module.name)
"""


def test_pure_modules_import_with_ros_blocked():
    done = subprocess.run(
        [sys.executable, '-c', IMPORT_ALL_WITHOUT_ROS, *PURE_PACKAGES],
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


def folders(package):
    """Return a package's folders and root modules as docs/architecture.md orders them."""
    page = (SRC.parent / 'docs' / 'architecture.md').read_text(encoding='utf-8')
    tree = page.partition('## Folders')[2].split('```')[1]
    block = re.search(rf'^  {package}/(.*\n(?:    \S.*\n)*)', tree, re.MULTILINE).group(1)
    head, *rows = block.splitlines()
    return re.findall(r'(\w+)\.py', head) + [row.split('/')[0].strip() for row in rows]


PACKAGES_WITH_FOLDERS = [
    'genvla_bringup',
    'genvla_eval',
    'genvla_policy',
    'genvla_sim',
    'genvla_training',
    'genvla_viperx',
]


@pytest.mark.parametrize('package', PACKAGES_WITH_FOLDERS)
def test_the_tree_of_the_documentation_names_every_folder(package):
    there = {
        path.parent.name
        for path in (SRC / package / package).glob('*/__init__.py')
        if path.parent.name != '__pycache__'
    }
    assert there <= set(folders(package))


@pytest.mark.parametrize('package', PACKAGES_WITH_FOLDERS)
def test_imports_point_down_the_tree(package):
    order, root = folders(package), SRC / package / package
    upwards = []
    for path in root.rglob('*.py'):
        room = path.relative_to(root).parts[0].removesuffix('.py')
        for module in imported_modules(path):
            names = f'{module}.'.split('.')
            inside = room in order and names[0] == package and names[1] in order
            if inside and order.index(names[1]) < order.index(room):
                upwards.append(f'{path.relative_to(SRC)} imports {module}')
    assert upwards == []


def imported_modules(path):
    """Yield the full names that a file imports, in any form."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize('package', PACKAGES_WITH_FOLDERS)
def test_every_folder_names_the_file_to_read_first(package):
    for init in (SRC / package / package).glob('*/__init__.py'):
        if init.parent.name == 'shipped':
            continue  # data
        named = re.search(r'Read `(\w+)`', init.read_text(encoding='utf-8'))
        assert named, init
        assert list(init.parent.glob(f'{named[1]}*')), init
