# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Attention over groups of rows, compared with all rows together."""

from benchmarks.row_groups import row_groups
from genvla_policy.models import unpadded


def test_both_ways_are_measured_in_each_turn_and_the_settings_are_restored():
    similar, cached = unpadded._SIMILAR, unpadded._CACHED
    [(name, ratios, unit)] = row_groups()
    assert (name, len(ratios), unit) == ('train_tiny_together_over_grouped', 3, '')
    assert all(ratio > 0.0 for ratio in ratios)
    assert (similar, cached) == (unpadded._SIMILAR, unpadded._CACHED)
