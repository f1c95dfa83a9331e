# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The package that is released to the build farm needs no package that only PyPI has."""

import subprocess
import sys

import pytest

ONLY_ON_PYPI = ('accelerate', 'gymnasium', 'mujoco', 'torch', 'transformers', 'tyro')


@pytest.mark.parametrize('package', ['genvla_viperx', 'genvla_node'])
def test_no_module_imports_a_package_that_only_pypi_has(package):
    code = (
        f'import importlib, pkgutil, sys, {package}\n'
        f'for module in pkgutil.walk_packages({package}.__path__, "{package}."):\n'
        '    importlib.import_module(module.name)\n'
        f'print(sorted(set({ONLY_ON_PYPI!r}) & set(sys.modules)))\n'
    )
    answer = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True)
    assert answer.stdout.decode().strip() == '[]'
