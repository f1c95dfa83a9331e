# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Single commands to the end effector."""

from __future__ import annotations

import numpy as np

from genvla_bags.delta_track import DeltaTrack


def test_commands_belong_to_the_period_in_which_they_were_given():
    track = DeltaTrack(np.array([0.05, 0.15, 0.45]), np.arange(21.0).reshape(3, 7))
    actions = track.commanded(0.0, num_steps=3, period_s=0.2)
    np.testing.assert_array_equal(actions[0], np.arange(7.0))
    assert np.isnan(actions[1]).all()
    np.testing.assert_array_equal(actions[2], np.arange(14.0, 21.0))
