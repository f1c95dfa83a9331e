# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings are checked against the ranges that they declare."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import pytest

from genvla_viperx.safety.settings import check_ranges, setting


@dataclass(frozen=True)
class Pump:
    pressure: float = setting(1.0, 'Pressure', unit='Pa', ge=0.5, le=2.0)
    flows: tuple[float, ...] = setting((1.0,), 'Flow of each valve', ge=0.0)
    heat: float = setting(0.0, 'Heat', unit='K', le=300.0)
    name: str = setting('left', 'Name')


@pytest.mark.parametrize('pressure', [0.5, 2.0])
def test_the_ends_of_a_range_are_allowed(pressure):
    check_ranges(Pump(pressure=pressure))


@pytest.mark.parametrize('pressure', [0.4, 2.1, inf, nan])
def test_a_value_outside_its_range_is_named_with_the_range(pressure):
    with pytest.raises(ValueError, match=rf'pressure is {pressure}, expected 0\.5 to 2 Pa'):
        check_ranges(Pump(pressure=pressure))


@pytest.mark.parametrize('flow', [-1.0, nan])
def test_every_element_of_a_list_is_checked(flow):
    with pytest.raises(ValueError, match=r'flows is \(1\.0, .*\), expected at least 0$'):
        check_ranges(Pump(flows=(1.0, flow)))


def test_a_range_may_have_only_an_upper_end():
    with pytest.raises(ValueError, match=r'heat is 301\.0, expected at most 300 K$'):
        check_ranges(Pump(heat=301.0))
