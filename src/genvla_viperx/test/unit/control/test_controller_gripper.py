# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The gripper commands, including those of refused steps."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule

SAG = np.array([0.0, 0.04, 0.0, 0.0, 0.0, 0.0])


def test_the_gripper_is_commanded_by_its_full_opening(bench):
    bench.chunk(gripper=0.5, steps=1)
    (_, command), *_ = bench.run(0.1)
    assert command.gripper_m == pytest.approx(0.078)


def test_a_nan_gripper_command_leaves_the_gripper_unchanged(bench):
    bench.chunk(gripper=nan, steps=1)
    (_, command), *_ = bench.run(0.1)
    assert command.gripper_m is None


def test_a_refused_step_still_moves_the_gripper_and_keeps_the_arms_goal(make_bench):
    bench = make_bench(q=np.zeros(6), safety=SafetyConfig(workspace_upper=(2.0, 2.0, 2.0)))
    bench.chunk(dx=0.05, steps=10, gripper=1.0)
    *_, (_, before) = bench.run(3.0)
    bench.q = bench.q + SAG
    bench.chunk(dx=0.05, steps=1, gripper=0.0)
    [(_, command)] = bench.run(0.3)
    assert bench.controller.output.last_refusal.rule is Rule.UNREACHABLE
    assert command.gripper_m == pytest.approx(0.042)
    np.testing.assert_array_equal(command.q, before.q)
