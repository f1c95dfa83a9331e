# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Timers go on when somebody sets the system's clock."""

from rclpy.clock import ClockType
from rclpy.parameter import Parameter

from genvla_node.clocks import pacing_clock


def test_timers_are_paced_by_a_clock_that_nobody_sets(graph):
    assert pacing_clock(graph.node('plain')).clock_type is ClockType.STEADY_TIME


def test_in_simulated_time_they_are_paced_by_it(graph):
    simulated = Parameter('use_sim_time', value=True)
    node = graph.node('simulated', parameter_overrides=[simulated])
    assert pacing_clock(node) is node.get_clock()
