# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The lifetime of an OpenGL context."""

from __future__ import annotations

import subprocess
import sys

RENDER_AND_EXIT = """
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
simulation = TabletopSimulation(())
assert simulation.render().shape == (480, 640, 3)
"""


def test_a_program_that_does_not_close_the_renderer_exits_silently():
    done = subprocess.run(
        [sys.executable, '-c', RENDER_AND_EXIT], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
