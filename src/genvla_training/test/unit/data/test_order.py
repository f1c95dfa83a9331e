# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of the data is a pure function of seed and position."""

from collections import Counter
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_training.data.order import StepStream, WeightedChoice

LENGTHS = np.array([3, 5, 1, 4, 2, 6, 2])


def stream(number=0, of=1, lengths=LENGTHS, seed=0, pool=2):
    return StepStream(lengths, seed=seed, stream=number, num_streams=of, pool_episodes=pool)


def steps(stream, count):
    return [(at.episode, at.step) for at in islice(stream, count)]


EVERY_STEP = [(e, t) for e, n in enumerate(LENGTHS) for t in range(n)]


def test_an_epoch_has_every_step_once():
    assert sorted(steps(stream(pool=1), LENGTHS.sum())) == EVERY_STEP


@pytest.mark.parametrize('pool', [2, 5, 7, 1000])
def test_every_step_is_drawn_equally_often(pool):
    counts = Counter(steps(stream(pool=pool), 40 * LENGTHS.sum()))
    assert counts.keys() == set(EVERY_STEP)
    # Those that wait, and those that did not: a pool is an epoch at most.
    assert max(counts.values()) - min(counts.values()) <= 2


def test_the_streams_divide_the_episodes_among_them():
    # Three streams of seven episodes: 21 places are three epochs, seven places a stream.
    drawn = Counter()
    for number in range(3):
        parted = stream(number, of=3, pool=1)
        while (at := next(parted)).group < 7:
            drawn[at.episode, at.step] += 1
    assert drawn == dict.fromkeys(EVERY_STEP, 3)


def test_a_pool_is_no_larger_than_the_streams_share_of_the_data():
    assert stream(of=3, pool=1000).pool_episodes == 3
    assert stream(of=9, pool=1000).pool_episodes == 1


def test_the_pool_contains_every_episode_that_is_being_drawn():
    parted = stream(lengths=np.full(60, 5), pool=20)
    for at in islice(parted, 400):
        assert at.episode in parted.pool
        assert len(parted.pool) <= 20


def test_another_seed_gives_another_order():
    assert steps(stream(seed=0), 20) != steps(stream(seed=1), 20)


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=9).filter(sum),
    drawn=st.integers(0, 30),
    skipped=st.integers(0, 60),
    of=st.integers(1, 3),
    pool=st.integers(1, 4),
)
def test_skipping_equals_drawing_and_discarding(lengths, drawn, skipped, of, pool):
    lengths = np.array(lengths)
    # A stream must come past an episode with steps.
    of = of if np.gcd(of, len(lengths)) == 1 else 1
    one, other = (stream(of - 1, of, lengths, pool=pool) for _ in range(2))
    steps(one, drawn + skipped)
    steps(other, drawn)
    other.skip(skipped)
    assert steps(one, 10) == steps(other, 10)


def test_an_empty_data_set_is_refused():
    with pytest.raises(ValueError, match='empty'):
        stream(lengths=np.array([0, 0]))


def test_choices_follow_their_weights():
    choice = WeightedChoice((3.0, 1.0), seed=0, stream=0)
    counts = Counter(next(choice) for _ in range(8000))
    assert counts[0] / 8000 == pytest.approx(0.75, abs=0.02)


@given(drawn=st.integers(0, 1500), skipped=st.integers(0, 3000))
@settings(max_examples=30)
def test_skipped_choices_are_counted(drawn, skipped):
    one, other = (WeightedChoice((1.0, 2.0, 3.0), seed=4, stream=1) for _ in range(2))
    for choice in (one, other):
        for _ in range(drawn):
            next(choice)
    expected = Counter(next(one) for _ in range(skipped))
    assert other.skip(skipped).tolist() == [expected[k] for k in range(3)]
    assert next(one) == next(other)


def test_a_weight_of_zero_is_refused():
    with pytest.raises(ValueError, match='above 0'):
        WeightedChoice((1.0, 0.0), seed=0, stream=0)
