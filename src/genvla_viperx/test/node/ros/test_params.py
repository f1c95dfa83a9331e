# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge's parameters become the controller's configuration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.scheduler import Execution
from genvla_viperx.ros.params import BridgeParams, controller_config


def test_the_defaults_are_those_of_the_rules():
    config, defaults = controller_config(BridgeParams()), ControllerConfig()
    assert config.safety == defaults.safety
    assert config.scheduler == defaults.scheduler
    assert config.move_speed == defaults.move_speed
    assert config.control_period_s == defaults.control_period_s
    np.testing.assert_array_equal(config.home, defaults.home)


def test_a_decay_of_zero_or_more_switches_ensembling_on():
    config = controller_config(replace(BridgeParams(), ensemble_decay=0.0))
    assert config.scheduler.ensemble_decay == 0.0


def test_execution_is_chosen_by_name():
    config = controller_config(replace(BridgeParams(), execution='blocking'))
    assert config.scheduler.execution is Execution.BLOCKING


def test_a_list_of_the_wrong_length_is_refused_by_name():
    with pytest.raises(ValueError, match='home_joints has 2 numbers, expected 6'):
        controller_config(replace(BridgeParams(), home_joints=(0.0, 0.0)))
