# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The choice of the episodes to show."""

from __future__ import annotations

from genvla_training.data.lerobot import open_lerobot
from genvla_training.inspect.robot_survey import survey_robot


def test_the_seed_decides_which_episodes_are_shown(lerobot_v3):
    def shown(seed):
        survey = survey_robot(open_lerobot(lerobot_v3), num_samples=2, seed=seed)
        return [sample.number for sample in survey.samples]

    assert (shown(0), shown(0), shown(1)) == ([0, 2], [0, 2], [0, 1])
