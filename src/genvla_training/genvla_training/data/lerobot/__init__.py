# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read, write and merge demonstrations in the LeRobotDataset layout.

Read `dataset` first.
"""

from __future__ import annotations

from genvla_training.data.lerobot.dataset import ActionTransform, open_lerobot
from genvla_training.data.lerobot.merge import merge
from genvla_training.data.lerobot.writer import LeRobotWriter

__all__ = ['ActionTransform', 'LeRobotWriter', 'merge', 'open_lerobot']
