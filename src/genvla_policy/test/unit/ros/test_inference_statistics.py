# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The counts of the worker, and the figures computed from them."""

from __future__ import annotations

import pytest

from genvla_policy.ros.inference_statistics import Failure, InferenceStatistics


@pytest.fixture
def statistics():
    return InferenceStatistics()


def test_the_rate_is_chunks_per_second(statistics):
    for now_s in (0.0, 0.2, 0.4, 0.6):
        statistics.chunk(now_s, latency_s=0.1)
    assert statistics.figures(0.6).rate_hz == pytest.approx(5.0)


def test_the_rate_falls_when_chunks_stop(statistics):
    for now_s in (0.0, 0.2, 0.4, 0.6):
        statistics.chunk(now_s, latency_s=0.1)
    assert statistics.figures(3.2).rate_hz == pytest.approx(1.0)


def test_one_chunk_gives_no_rate(statistics):
    statistics.chunk(0.0, latency_s=0.1)
    assert statistics.figures(1.0).rate_hz == 0.0


def test_latency_is_reported_as_median_and_95th_percentile(statistics):
    for i in range(1, 22):
        statistics.chunk(float(i), latency_s=i / 100)
    figures = statistics.figures(21.0)
    assert (figures.latency_p50_s, figures.latency_p95_s) == pytest.approx((0.11, 0.20))


def test_without_chunks_everything_is_zero(statistics):
    figures = statistics.figures(0.0)
    assert (figures.num_chunks, figures.rate_hz, figures.latency_p50_s) == (0, 0.0, 0.0)


def test_failures_are_counted_by_kind(statistics):
    statistics.failure(Failure.IMAGE, 'no pixels')
    statistics.failure(Failure.IMAGE, 'no pixels')
    statistics.failure(Failure.INFERENCE, 'out of memory')
    assert statistics.figures(0.0).num_failures == {
        Failure.IMAGE: 2,
        Failure.DECODE: 0,
        Failure.INFERENCE: 1,
    }


def test_a_chunk_clears_the_last_failure(statistics):
    statistics.failure(Failure.IMAGE, 'no pixels')
    assert statistics.figures(0.0).last_failure == 'no pixels'
    statistics.chunk(0.0, latency_s=0.1)
    assert statistics.figures(0.0).last_failure == ''


def test_reset_starts_at_zero(statistics):
    statistics.chunk(0.0, latency_s=0.1)
    statistics.void()
    statistics.reset()
    assert (statistics.num_chunks, statistics.figures(0.0).num_void) == (0, 0)
