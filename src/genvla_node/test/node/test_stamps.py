# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Times as seconds: round trips at today's epoch."""

from builtin_interfaces.msg import Duration, Time
from hypothesis import given
from hypothesis import strategies as st

from genvla_node.stamps import duration_from_seconds, seconds_from_stamp, stamp_from_seconds


@given(st.integers(0, 2**31 - 1), st.integers(0, 10**9 - 1))
def test_a_stamp_survives_seconds_to_a_microsecond(sec, nanosec):
    back = stamp_from_seconds(seconds_from_stamp(Time(sec=sec, nanosec=nanosec)))
    assert abs((back.sec - sec) * 10**9 + back.nanosec - nanosec) <= 1000


def test_a_duration_of_a_fifth_of_a_second():
    assert duration_from_seconds(0.2) == Duration(sec=0, nanosec=200_000_000)


def test_a_negative_duration_has_positive_nanoseconds():
    assert duration_from_seconds(-0.25) == Duration(sec=-1, nanosec=750_000_000)
    assert seconds_from_stamp(Duration(sec=-1, nanosec=750_000_000)) == -0.25
