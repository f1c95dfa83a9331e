# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Cutting a recording into episodes, and trimming them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_training.bags_to_lerobot.episodes import RecordedStep, cut

PERIOD_S = 0.2


def recorded(dx_m, *, instruction='go', begins_s=0.0, grips=(), period_s=PERIOD_S):
    """Return consecutive steps with the given motions in x."""
    found = []
    for number, dx in enumerate(dx_m):
        action = np.array([dx, 0, 0, 0, 0, 0, 0.0 if number in grips else 1.0])
        found.append(RecordedStep(begins_s + period_s * number, instruction, np.zeros(7), action))
    return found


def lengths(found):
    return [len(episode.steps) for episode in found.episodes]


def test_idle_steps_at_both_ends_are_trimmed_to_one_step():
    steps = recorded([0.0] * 7 + [0.01] * 10 + [0.0] * 9)
    found = cut(steps, period_s=PERIOD_S)
    assert lengths(found) == [11]
    assert found.num_idle == 15
    assert found.episodes[0].steps[0].time_s == pytest.approx(1.4)
    assert lengths(cut(steps, period_s=PERIOD_S, keep_idle=True)) == [26]


def test_a_closing_gripper_is_not_idle():
    found = cut(recorded([0.01] * 6 + [0.0] * 6, grips=range(9, 12)), period_s=PERIOD_S)
    assert lengths(found) == [11]  # Up to the closing, and one step after it.


def test_episodes_are_cut_at_a_new_instruction_a_pause_and_unknown_joints():
    told = [*recorded([0.01] * 6), *recorded([0.01] * 6, instruction='stop', begins_s=1.2)]
    assert lengths(cut(told, period_s=PERIOD_S)) == [6, 6]
    paused = [*recorded([0.01] * 6), *recorded([0.01] * 6, begins_s=3.0)]
    assert lengths(cut(paused, period_s=PERIOD_S)) == [6, 6]
    unknown = recorded([0.01] * 6 + [np.nan] + [0.01] * 7)
    found = cut(unknown, period_s=PERIOD_S)
    assert lengths(found) == [6, 7]
    assert found.num_unknown == 1


@pytest.mark.parametrize(
    ('dx_m', 'reason'),
    [
        ([0.01] * 3, '3 steps, fewer than 5'),
        ([0.0] * 20, 'nothing moves'),
        ([0.01] * 5 + [0.4] + [0.01] * 5, 'a step of 0.40 m'),
    ],
)
def test_invalid_pieces_are_skipped_with_the_reason(dx_m, reason):
    found = cut(recorded(dx_m), period_s=PERIOD_S)
    assert found.episodes == []
    [line] = found.left_out
    assert reason in line
    assert "'go' from 0.0 s" in line


@pytest.mark.parametrize('rate_hz', [1, 5, 50])
def test_stillness_and_jumps_are_judged_by_speed(rate_hz):
    """Two seconds at rest, six at 0.2 m/s, two at rest."""
    speeds_m_s = [0.0] * 2 * rate_hz + [0.2] * 6 * rate_hz + [0.0] * 2 * rate_hz
    steps = recorded(np.divide(speeds_m_s, rate_hz), period_s=1 / rate_hz)
    found = cut(steps, period_s=1 / rate_hz)
    assert found.left_out == []
    [length] = lengths(found)
    assert length / rate_hz == pytest.approx(6.0 + 1 / rate_hz, abs=0.2)
    jump = [replace(step, action_A=step.action_A * 20) for step in steps]
    [line] = cut(jump, period_s=1 / rate_hz).left_out
    assert 'joint states jump' in line


def test_encoder_noise_does_not_count_as_motion_at_any_rate():
    dx_m = 0.0005 * (-1.0) ** np.arange(200)
    [line] = cut(recorded(dx_m, period_s=0.02), period_s=0.02).left_out
    assert 'nothing moves' in line


def test_an_episode_lasts_at_least_one_second():
    [line] = cut(recorded([0.002] * 30, period_s=0.02), period_s=0.02).left_out
    assert '30 steps, fewer than 50' in line
