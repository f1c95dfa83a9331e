# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A simulated ViperX 300 S on a tabletop, and the manipulation tasks of the paper's Table V."""

from __future__ import annotations

import os

# mujoco chooses its OpenGL backend on first import, which every module of this package does after
# this line. EGL renders without a display; a user's own choice (osmesa, glfw) is kept.
os.environ.setdefault('MUJOCO_GL', 'egl')
