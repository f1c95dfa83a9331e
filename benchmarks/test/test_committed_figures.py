# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Benchmark rows of answers that start with committed actions."""

from benchmarks.committed_figures import NUM_COMMITTED, committing
from genvla_policy.decoding.plan import PassCosts


def test_more_committed_actions_take_fewer_passes():
    figures = {
        name: (values, unit)
        for name, values, unit in committing(
            repeats=1, pass_costs=PassCosts((1, 128), (1.0, 128.0))
        )
    }
    passes = [figures[f'chunk_committed_{number}_passes'][0][0] for number in NUM_COMMITTED]
    assert passes == sorted(set(passes), reverse=True)
    # A quarter of the actions is left, and with it about a quarter of the passes.
    assert passes[-1] < 0.4 * passes[0]


def test_every_figure_has_a_value_per_repeat_and_first_actions_come_first():
    figures = {name: (values, unit) for name, values, unit in committing(repeats=2)}
    assert len(figures) == 3 * len(NUM_COMMITTED) + len(NUM_COMMITTED) - 1
    assert {len(values) for values, _ in figures.values()} == {2}
    for number in NUM_COMMITTED:
        first, whole = (figures[f'chunk_committed_{number}_{kind}'] for kind in ('first_ms', 'ms'))
        assert (first[1], whole[1]) == ('ms', 'ms')
        assert all(a <= b for a, b in zip(first[0], whole[0], strict=True))
