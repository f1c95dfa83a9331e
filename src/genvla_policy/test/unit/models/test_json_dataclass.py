# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""JSON objects to dataclasses, with errors that name the key."""

from dataclasses import dataclass

import pytest

from genvla_policy.models.json_dataclass import MalformedJson, from_json_object


@dataclass(frozen=True)
class Inner:
    size: int


@dataclass(frozen=True)
class Outer:
    rate_hz: float
    inner: Inner
    other: Inner | None = None


def test_nested_objects_become_dataclasses():
    outer = from_json_object(Outer, {'rate_hz': 5, 'inner': {'size': 3}, 'other': None})
    assert outer == Outer(5, Inner(3))


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        ([], 'config must be a JSON object, got'),
        ({'rate_hz': 5.0}, r"missing keys \['inner'\]"),
        ({'rate_hz': 5.0, 'inner': {}}, r"missing keys \['inner.size'\]"),
        ({'rate_hz': 5.0, 'inner': {'size': 1, 'x': 2}}, r"unknown keys \['inner.x'\]"),
        ({'rate_hz': True, 'inner': {'size': 1}}, 'rate_hz must be float, got True'),
        ({'rate_hz': 5.0, 'inner': {'size': 1.5}}, 'inner.size must be int, got 1.5'),
        ({'rate_hz': 5.0, 'inner': {'size': 1}, 'other': 3}, 'other must be a JSON object'),
    ],
)
def test_a_mismatch_is_rejected_with_its_path(data, message):
    with pytest.raises(MalformedJson, match=message):
        from_json_object(Outer, data)
