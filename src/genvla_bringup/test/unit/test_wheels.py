# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pure packages install with pip on a machine without ROS, as docs/training.md says."""

from pathlib import Path
import shutil
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[4]
PACKAGES = (
    'genvla_command',
    'genvla_policy',
    'genvla_viperx',
    'genvla_bags',
    'genvla_sim',
    'genvla_eval',
    'genvla_training',
)
EXTRAS = ('lmms_eval', 'ray', 'rerun', 'vla_eval')

IMPORT_ALL = """
import importlib, pkgutil, sys
extras = sys.argv[1].split(',')
for name in sys.argv[2:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + '.'):
        if '.ros' in module.name or module.name.endswith('__main__'):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name.partition('.')[0] not in extras:
                raise
        print(module.name)
"""


@pytest.mark.slow
def test_wheels_in_an_empty_environment_import_make_data_and_train(tmp_path):
    """Slow: an empty environment downloads PyTorch and everything that pip resolves."""
    wheels, venv = tmp_path / 'wheels', tmp_path / 'venv'
    # A build leaves files beside its sources: build a copy.
    sources = [
        shutil.copytree(ROOT / 'src' / package, tmp_path / 'src' / package) for package in PACKAGES
    ]
    pip = [sys.executable, '-m', 'pip']
    run([*pip, 'wheel', '--no-deps', '--no-build-isolation', '-w', wheels, *sources])
    run([sys.executable, '-m', 'venv', venv])
    run(
        [
            *(venv / 'bin' / 'python', '-m', 'pip', 'install', '--find-links', wheels),
            *('-c', ROOT / 'underlay' / 'python.lock', '-r', ROOT / 'underlay' / 'torch.lock'),
            *PACKAGES,
        ]
    )
    imported = run(
        [venv / 'bin' / 'python', '-c', IMPORT_ALL, ','.join(EXTRAS), *PACKAGES], cwd=tmp_path
    )
    assert len(imported.splitlines()) > 200

    def genvla(*arguments):
        return run([venv / 'bin' / 'genvla', *arguments], cwd=tmp_path)

    genvla('data', 'demos', 'demos', '--episodes', 3, '--tasks', 'PickCarrot')
    genvla('data', 'questions', 'questions', '--scenes', 12)
    shipped = run([venv / 'bin' / 'python', '-m', 'genvla_policy.shipped'], cwd=tmp_path).strip()
    said = genvla(
        *('train', 'tiny', '--model.init', shipped, '--model.action-format', 'fixed4'),
        *('--robot.0.path', 'demos', '--vision-language.0.path', 'questions/vl.json'),
        *('--batch-size', 16, '--steps', 2, '--out', 'run'),
    )
    assert 'next: genvla eval rollouts --checkpoint run/step-000002' in said
    assert (tmp_path / 'run/step-000002/model.safetensors').is_file()


def run(command, cwd=None):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
