# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page finds the figures that the nodes really publish."""

from __future__ import annotations

from genvla_console.web.page import FIGURES, policy_line
from genvla_console.web.robot_view import BRIDGE, POLICY, RobotView
from genvla_policy.ros.inference_statistics import InferenceStatistics
from genvla_policy.ros.status import PolicyState, policy_status
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.controller import ArmController
from genvla_viperx.ros.status import bridge_status
from genvla_viperx.safety.refusal import Rule


def received(status):
    return {key: str(value) for key, value in status.values.items()}


def test_every_figure_of_the_policy_is_one_that_the_policy_publishes():
    statistics = InferenceStatistics()
    statistics.chunk(1.0, 0.041, image_age_s=0.06)
    state = PolicyState(
        active=True,
        checkpoint='tiny',
        trained=True,
        control_period_s=0.2,
        instruction='pick up the carrot',
        image_age_s=0.05,
        image_timeout_s=1.0,
        image_topics=('/image_raw',),
        num_stale_images=0,
        figures=statistics.figures(1.0),
    )
    status = policy_status(state)
    view = RobotView(policy=received(status))
    view.note(POLICY, status.message)
    line = policy_line(view)
    assert line.startswith('following the instruction, inference [ms] 41')
    assert all(label in line for _, label in FIGURES)


def test_the_interventions_are_those_that_the_bridge_publishes():
    controller = ArmController(ControllerConfig())
    controller.interventions.add(Rule.WORKSPACE)
    status = bridge_status(controller, 100.0, 0)
    view = RobotView(bridge=received(status))
    view.note(BRIDGE, status.message)
    assert view.interventions() == {'workspace': 1}
