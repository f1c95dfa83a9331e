# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Similarity of two representations."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_eval.probe.cka import LinearCka

PICTURES, FEATURES = 400, 6


def alignment(first, second, batch=PICTURES):
    """Return the CKA of two representations, added in batches."""
    cka = LinearCka(first.shape[1], second.shape[1])
    for start in range(0, len(first), batch):
        cka.add(first[start : start + batch], second[start : start + batch])
    return cka.value()


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(3.0, 1.0, (PICTURES, FEATURES)).astype(np.float32)


def test_rotation_shift_and_scale_do_not_change_cka(features):
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(FEATURES, FEATURES)))
    moved = (2.5 * features @ rotation + 7.0).astype(np.float32)
    assert alignment(features, moved) == pytest.approx(1.0, abs=1e-5)


def test_unrelated_features_have_a_low_cka(features):
    other = np.random.default_rng(2).normal(size=(PICTURES, FEATURES)).astype(np.float32)
    assert alignment(features, other) < 0.1


def test_features_with_noise_have_an_intermediate_cka(features):
    noise = np.random.default_rng(3).normal(size=(PICTURES, FEATURES)).astype(np.float32)
    assert 0.1 < alignment(features, features + noise) < 0.9


def test_cka_matches_the_formula_of_the_paper(features):
    other = features[:, :4] ** 2
    x, y = features - features.mean(0), other - other.mean(0)
    norm = np.linalg.norm
    expected = norm(y.T @ x) ** 2 / (norm(x.T @ x) * norm(y.T @ y))
    assert alignment(features, other) == pytest.approx(expected, rel=1e-4)


def test_batching_does_not_change_cka(features):
    other = np.tanh(features)
    whole = alignment(features, other)
    assert alignment(features, other, batch=7) == pytest.approx(whole, rel=1e-6)


def test_constant_features_have_no_cka(features):
    assert alignment(features, np.ones((PICTURES, 3), np.float32)) is None
