# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The Wilson score interval."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from genvla_eval.wilson import wilson_interval


def test_eight_of_ten():
    # statsmodels.stats.proportion.proportion_confint(8, 10, method='wilson')
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_no_success_in_twenty_five_still_leaves_room():
    assert wilson_interval(0, 25) == pytest.approx((0.0, 0.1332), abs=1e-4)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_and_stays_in_bounds(counts):
    successes, trials = counts
    low, high = wilson_interval(successes, trials)
    assert 0.0 <= low <= successes / trials <= high <= 1.0


@pytest.mark.parametrize('counts', [(1, 0), (3, 2), (-1, 2)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match='make no rate'):
        wilson_interval(*counts)
