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


def test_an_epoch_has_every_step_once():
    drawn = steps(stream(pool=7), LENGTHS.sum())
    assert sorted(drawn) == [(e, t) for e, n in enumerate(LENGTHS) for t in range(n)]


def test_the_streams_part_the_episodes_among_them():
    # Three streams of seven episodes: 21 places are three epochs, seven places a stream.
    drawn = Counter()
    for number in range(3):
        parted = stream(number, of=3, pool=7)
        drawn.update(steps(parted, int(LENGTHS[parted.episodes(0)].sum())))
    assert drawn == {(e, t): 3 for e, n in enumerate(LENGTHS) for t in range(n)}


def test_another_seed_gives_another_order():
    assert steps(stream(seed=0), 20) != steps(stream(seed=1), 20)


@settings(deadline=None, max_examples=60)
@given(
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=9).filter(sum),
    drawn=st.integers(0, 30),
    skipped=st.integers(0, 60),
    of=st.integers(1, 3),
    pool=st.integers(1, 4),
)
def test_skipping_is_drawing_without_looking(lengths, drawn, skipped, of, pool):
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
@settings(deadline=None, max_examples=30)
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
