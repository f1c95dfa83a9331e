# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Timers continue when the system clock is set."""

from rclpy.clock import ClockType
from rclpy.parameter import Parameter

from genvla_node.clocks import pacing_clock


def test_timers_use_a_steady_clock(graph):
    assert pacing_clock(graph.node('plain')).clock_type is ClockType.STEADY_TIME


def test_timers_use_simulated_time_if_it_is_on(graph):
    simulated = Parameter('use_sim_time', value=True)
    node = graph.node('simulated', parameter_overrides=[simulated])
    assert pacing_clock(node) is node.get_clock()
