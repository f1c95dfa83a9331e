# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The largest change of a joint's velocity between consecutive commands."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_eval.closed_loop.smoothness import largest_velocity_change

STILL = np.zeros(6)


def stream(*places, times_s=None):
    """Commands of the first joint [rad], 0.2 s apart unless their times are given."""
    times_s = times_s or [0.2 * number for number in range(len(places))]
    return [(t, np.array([q, 0, 0, 0, 0, 0])) for t, q in zip(times_s, places, strict=True)]


def test_a_uniform_motion_has_no_change():
    assert largest_velocity_change(stream(0.1, 0.2, 0.3), STILL, 0.2) == pytest.approx(0.0)


def test_a_reversal_changes_the_velocity_by_twice_its_size():
    assert largest_velocity_change(stream(0.1, 0.2, 0.1), STILL, 0.2) == pytest.approx(1.0)


def test_a_pause_is_a_stop_and_a_start():
    commands = stream(0.1, 0.2, times_s=[0.0, 1.0])
    assert largest_velocity_change(commands, STILL, 0.2) == pytest.approx(0.5)


def test_a_command_that_interrupts_another_one_moves_faster():
    commands = stream(0.1, 0.2, 0.3, times_s=[0.0, 0.1, 0.3])
    assert largest_velocity_change(commands, STILL, 0.2) == pytest.approx(0.5)


def test_without_commands_nothing_changes():
    assert largest_velocity_change([], STILL, 0.2) == 0.0
