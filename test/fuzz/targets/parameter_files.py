# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameter files of the nodes, as the launch files check them."""

from pathlib import Path

from targets._folder import AttackedFolder

from genvla_bringup.checks.parameter_file import objection

CONFIGS = Path(__file__).parents[3] / 'src' / 'genvla_bringup' / 'config'


def _write(folder):
    for name in ('viperx_bridge.yaml', 'own_robot.yaml', 'usb_cam.yaml'):
        (folder / name).write_bytes((CONFIGS / name).read_bytes())
    (folder / 'short.yaml').write_text('/**:\n  ros__parameters: {a: [1, 2.0], b: &x y, c: *x}\n')
    return folder


FOLDER = AttackedFolder(_write)
SEEDS = FOLDER.seeds
EXPECTED = ()


def attack(data):
    for file in FOLDER.put(data).iterdir():
        assert isinstance(objection(file, 'viperx_bridge'), str)
