# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The report of a soak on its samples."""

from __future__ import annotations

import pytest

from genvla_faults.soak import MIN_DURATION_S, Sample, Soak, main, table


def run(rss_mb, **interventions):
    """A soak of 1000 s with one process."""
    samples = [
        Sample(10.0 * i, {'policy': rss_mb(10.0 * i)}, 50, 40.0 + i / 10, 60.0) for i in range(100)
    ]
    return Soak(1000.0, samples, dict(interventions), rounds=30)


def test_growth_in_the_warm_up_does_not_count():
    steady = run(lambda at_s: min(500.0 + at_s, 600.0))
    assert steady.growth_mb() == {'policy': 0.0}
    assert steady.objections() == []


def test_a_leak_is_reported():
    leaking = run(lambda at_s: 500.0 + 0.05 * at_s)
    assert leaking.growth_mb()['policy'] == pytest.approx(37.5, abs=2.0)
    [objection] = leaking.objections()
    assert 'policy has grown by 37' in objection


def test_a_soak_that_is_too_short_to_show_growth_is_refused(capsys, tmp_path):
    with pytest.raises(SystemExit, match='2'):
        main(['--duration', '10', '--out', str(tmp_path)])
    assert 'duration is 10.0, expected 60.0 or more' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_shortest_soak_has_a_table():
    samples = [Sample(10.0 * i, {'policy': 500.0}, 50, 40.0, 60.0) for i in range(6)]
    shortest = Soak(MIN_DURATION_S, samples)
    assert shortest.objections() == []
    assert '| policy | 500 | +0.0 MB |' in table(shortest)


def test_an_intervention_of_a_watchdog_is_reported_and_of_another_rule_is_not():
    assert run(lambda _: 500.0, step_clip=3, effort=1).objections() == []
    bitten = run(lambda _: 500.0, heartbeat_lost=2)
    assert bitten.objections() == ['heartbeat_lost intervened 2 times']


def test_the_table_compares_the_start_with_the_end():
    text = table(run(lambda _: 500.0, effort=1))
    assert '| policy | 500 | +0.0 MB |' in text
    assert '| first sixth | 41 ms | 60 ms |' in text
    assert '| last sixth | 49 ms | 60 ms |' in text
    assert 'watchdogs: 0; other rules: effort 1' in text
