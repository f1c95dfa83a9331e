# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The confidence of a printed chunk."""

import pytest

from genvla_policy.decoding.decoded import Choice, Decoded


def test_confidence_is_a_geometric_mean_per_action():
    choices = (Choice(0, 0.25), Choice(1, 1.0), Choice(3, 0.5))
    decoded = Decoded((), '', choices, 0)
    assert decoded.confidence(horizon=2, action_dim=2) == [pytest.approx(0.5), pytest.approx(0.5)]


def test_an_action_without_choices_is_certain_and_an_impossible_one_has_no_confidence():
    decoded = Decoded((), '', (Choice(1, 0.0),), 0)
    first, second = decoded.confidence(horizon=2, action_dim=1)
    assert first == 1.0
    assert 0.0 <= second < 1e-300
