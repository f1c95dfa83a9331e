# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of a replay, for answers with known errors."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import (
    gripper_timing,
    runs_of,
    stuck_notice,
    summarize_errors,
)
from genvla_eval.replay.paired import difference
from genvla_eval.replay.text_figures import summarize_text
from genvla_policy.inference.text_score import TextScore

PERIOD_S = 0.2


def row(time_s=0.0, predicted=None, reference=None, **changes):
    """Return a row of one step."""
    still = [0.0] * 6 + [1.0]
    values = {
        'bag': 'bag',
        'time_s': time_s,
        'instruction': 'pick up the carrot',
        'text': '',
        'recorded_text': '',
        'predicted_HA': np.array([still if predicted is None else predicted]),
        'reference_HA': np.array([still if reference is None else reference]),
        'confidence_H': np.array([0.5]),
        'inference_s': 0.01,
        'first_action_s': 0.01,
        'score': None,
        'changed_H': None,
        'rules': {},
        'q': None,
    } | changes
    return Row(**values)


def test_errors_are_in_millimetres_and_degrees_and_the_bias_has_a_sign():
    predicted = [0.01, 0.0, -0.02, 0.0, 0.0, np.radians(3.0), 1.0]
    errors = summarize_errors([row(predicted=predicted), row(time_s=0.2)])
    assert errors['by_dimension']['dx'] == pytest.approx(
        {'unit': 'mm', 'mae': 5.0, 'rmse': 10.0 / np.sqrt(2.0), 'bias': 5.0}
    )
    assert errors['by_dimension']['dz']['bias'] == pytest.approx(-10.0)
    assert errors['by_dimension']['dyaw']['mae'] == pytest.approx(1.5)
    assert errors['by_step'][0]['translation_mm'] == pytest.approx(np.hypot(10.0, 20.0) / 2.0)


def test_standing_still_where_the_robot_moved_is_counted_and_told():
    moved, small = [0.02, 0, 0, 0, 0, 0, 1.0], [0.002, 0, 0, 0, 0, 0, 1.0]
    rows = [row(reference=moved), row(reference=moved, predicted=moved), row(reference=small)]
    errors = summarize_errors(rows)
    assert errors['stuck_share'] == 0.5
    notice = stuck_notice('mine', {'errors': errors})
    assert notice.startswith('mine stands still in 50% of the moments')
    assert stuck_notice('mine', {'errors': summarize_errors(rows[1:])}) == ''
    assert stuck_notice('mine', {'errors': summarize_errors(rows[2:])}) == ''


def test_unknown_references_are_not_counted():
    unknown = row(reference=[np.nan] * 7)
    errors = summarize_errors([unknown, row(time_s=0.2, predicted=[0.01, 0, 0, 0, 0, 0, 1.0])])
    assert errors['compared'] == 1
    assert errors['by_dimension']['dx']['mae'] == pytest.approx(10.0)
    assert summarize_errors([unknown])['by_dimension']['dx']['mae'] is None


@pytest.mark.parametrize(
    ('predicted', 'expected'), [([1, 0, 0], 1.0), ([0, 1, 0], 0.0), ([-1, 0, 0], -1.0)]
)
def test_the_direction_is_a_cosine(predicted, expected):
    answer = row(
        predicted=[*(0.01 * np.array(predicted)), 0, 0, 0, 1.0],
        reference=[0.02, 0, 0, 0, 0, 0, 1.0],
    )
    assert summarize_errors([answer])['direction_cosine'] == pytest.approx(expected)


def test_a_motion_of_less_than_a_millimetre_has_no_direction():
    answer = row(predicted=[5e-4, 0, 0, 0, 0, 0, 1.0], reference=[0.02, 0, 0, 0, 0, 0, 1.0])
    assert summarize_errors([answer])['direction_cosine'] is None


def gripper_rows(predicted, reference):
    """Return rows 0.2 s apart with the given openings."""
    return [
        row(number * PERIOD_S, [0.0] * 6 + [said], [0.0] * 6 + [done])
        for number, (said, done) in enumerate(zip(predicted, reference, strict=True))
    ]


def test_a_gripper_that_closes_two_steps_late_is_reported_as_two_steps_late():
    rows = gripper_rows([1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0])
    assert gripper_timing(rows) == {
        'recorded': 1,
        'missed': 0,
        'mean_late_s': pytest.approx(2 * PERIOD_S),
    }


def test_a_gripper_that_never_closes_counts_as_missed():
    timing = gripper_timing(gripper_rows([1, 1, 1, 1], [1, 0, 0, 0]))
    assert (timing['missed'], timing['mean_late_s']) == (1, None)


def test_opening_does_not_match_closing():
    timing = gripper_timing(gripper_rows([0, 0, 1, 1], [1, 1, 0, 0]))
    assert timing['missed'] == 1


def test_a_run_ends_at_a_pause_another_instruction_and_another_bag():
    rows = [
        row(0.0),
        row(0.2),
        row(5.0),
        row(5.2, instruction='pick up the knife'),
        row(5.4, instruction='pick up the knife', bag='other'),
    ]
    assert [len(run) for run in runs_of(rows)] == [2, 1, 1, 1]


def test_the_change_between_two_runs_does_not_count_as_roughness():
    rows = [row(0.0), row(9.0, predicted=[0.04, 0, 0, 0, 0, 0, 1.0])]
    assert summarize_errors(rows)['smoothness_mm']['predicted'] is None


def test_calibration_is_perfect_where_confidence_is_accuracy():
    score = TextScore('', nll=6.0, num_tokens=10, num_correct=5)
    found = summarize_text([row(score=score), row(0.2, score=score)])
    assert found['token_accuracy'] == 0.5
    assert found['nll_per_token'] == pytest.approx(0.6)
    assert found['calibration']['expected_error'] == pytest.approx(0.0)
    sure = summarize_text([row(score=score, confidence_H=np.array([0.9]))])
    assert sure['calibration']['expected_error'] == pytest.approx(0.4)


def test_the_interval_of_a_real_difference_excludes_zero():
    values = np.random.default_rng(0).normal(1.0, 0.5, 200)
    found = difference(values, np.zeros(200), seed=0)
    assert 0.0 < found['low'] < found['mean'] < found['high']
    assert found['mean'] == pytest.approx(values.mean())


def test_the_interval_without_a_difference_includes_zero():
    found = difference(np.random.default_rng(1).normal(0.0, 0.5, 200), np.zeros(200), seed=0)
    assert found['low'] < 0.0 < found['high']


def test_correlated_neighbours_widen_the_interval():
    rng = np.random.default_rng(0)
    alone = rng.normal(0.0, 1.0, 400)
    alike = np.repeat(rng.normal(0.0, 1.0, 40), 10)
    widths = [
        each['high'] - each['low']
        for each in (difference(v, np.zeros(400), seed=0) for v in (alone, alike))
    ]
    assert widths[1] > 1.5 * widths[0]


@pytest.mark.parametrize('count', [1, 4, 10])
def test_few_moments_have_a_mean_and_no_interval(count):
    values = np.random.default_rng(0).normal(1.0, 0.5, count)
    found = difference(values, np.zeros(count), seed=0)
    assert found['mean'] == pytest.approx(values.mean())
    assert (found['low'], found['high']) == (None, None)


def test_the_interval_width_follows_the_scatter_of_the_differences():
    """For independent differences: about 1.96 standard errors to each side."""
    values = np.random.default_rng(3).normal(0.0, 1.0, 300)
    found = difference(values, np.zeros(300), seed=0)
    assert found['high'] - found['low'] == pytest.approx(2 * 1.96 / 300**0.5, rel=0.25)


def test_no_block_spans_two_runs():
    """Blocks of 5 within runs of 5 have one sign; blocks across runs would mix signs."""
    values = np.repeat([1.0, -1.0] * 12, 5)
    apart = difference(values, np.repeat(np.arange(24), 5), seed=0)
    mixed = difference(values, np.zeros(120), seed=0)
    assert apart['high'] - apart['low'] > 1.3 * (mixed['high'] - mixed['low'])


def test_runs_shorter_than_a_block_give_no_interval():
    values = np.random.default_rng(0).normal(size=60)
    found = difference(values, np.repeat(np.arange(30), 2), seed=0)
    assert found['low'] is None
