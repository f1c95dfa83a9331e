# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge's parameters contain the controller's configuration."""

from __future__ import annotations

import dataclasses

import pytest

from genvla_node.parameters import parameter_specs, params_from_values
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.scheduler import Execution, SchedulerConfig
from genvla_viperx.ros.params import BridgeParams
from genvla_viperx.safety.config import SafetyConfig


@pytest.mark.parametrize('config', [SafetyConfig(), SchedulerConfig()])
def test_every_limit_is_a_parameter_with_its_default_and_range(config):
    specs = parameter_specs(BridgeParams)
    for field in dataclasses.fields(config):
        default, spec = specs[field.name]
        assert default == getattr(config, field.name)
        assert (spec.ge, spec.le) == (field.metadata['ge'], field.metadata['le'])


def test_the_defaults_are_those_of_the_rules():
    assert params_from_values(BridgeParams, {}).controller == ControllerConfig()


def test_a_decay_of_zero_or_more_switches_ensembling_on():
    params = params_from_values(BridgeParams, {'ensemble_decay': 0.0})
    assert params.controller.scheduler.ensemble_decay == 0.0


def test_the_base_frame_follows_the_robots_name_unless_it_has_its_own():
    assert params_from_values(BridgeParams, {}).base_frame == 'vx300s/base_link'
    left = {'robot_name': 'left'}
    assert params_from_values(BridgeParams, left).base_frame == 'left/base_link'
    own = {**left, 'base_frame': 'table'}
    assert params_from_values(BridgeParams, own).base_frame == 'table'


def test_execution_is_chosen_by_name():
    params = params_from_values(BridgeParams, {'execution': 'blocking'})
    assert params.controller.scheduler.execution is Execution.BLOCKING


def test_a_list_of_the_wrong_length_is_refused_by_name():
    with pytest.raises(ValueError, match='home_joints has 2 numbers, expected 6'):
        params_from_values(BridgeParams, {'home_joints': [0.0, 0.0]})


@pytest.mark.parametrize(
    'wrong',
    [
        *({'robot_name': name} for name in ('my arm', '', '7dof', 'left//arm', 'left/')),
        *({'base_frame': frame} for frame in ('/base', 'base link')),
    ],
)
def test_an_invalid_topic_or_frame_name_is_refused_by_name(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f'{name} is'):
        params_from_values(BridgeParams, wrong)
