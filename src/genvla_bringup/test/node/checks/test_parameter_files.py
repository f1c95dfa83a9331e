# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from genvla_bringup.teleoperation.teleoperation_node import TeleoperationParams
from genvla_node.parameters import parameter_specs, params_from_values
from genvla_policy.ros.params import PolicyParams
from genvla_sim.ros.sim_node import SimParams
from genvla_sim.ros.usb_cam import UsbCamParams
from genvla_viperx.ros.params import BridgeParams

CONFIG = Path(__file__).parents[3] / 'config'
OURS = {
    'policy': PolicyParams,
    'sim': SimParams,
    'usb_cam': UsbCamParams,
    'viperx_bridge': BridgeParams,
    'teleoperation': TeleoperationParams,
}


SAYS_DEFAULTS = ('viperx_bridge_v2', 'own_robot', 'gamepad')
"""Files that users read as a whole, or copy and change."""


@pytest.mark.parametrize(
    'name',
    [*SAYS_DEFAULTS, 'policy', 'sim_robot', 'viperx_bridge', 'first_run', 'keyboard'],
)
def test_a_parameter_file_names_only_parameters_that_exist_and_differ(name):
    content = yaml.safe_load((CONFIG / f'{name}.yaml').read_text())
    for node, section in content.items():
        params = OURS[node.rpartition('/')[2]]
        defaults = {key: default for key, (default, _) in parameter_specs(params).items()}
        for key, value in section['ros__parameters'].items():
            assert key in defaults
            assert name in SAYS_DEFAULTS or value != defaults[key]


@pytest.mark.parametrize('name', ['viperx_bridge', 'viperx_bridge_v2', 'own_robot', 'first_run'])
def test_the_bridge_accepts_a_parameter_file(name):
    content = yaml.safe_load((CONFIG / f'{name}.yaml').read_text())
    [section] = content.values()
    params_from_values(BridgeParams, section['ros__parameters'])


def test_the_drivers_modes_have_the_times_of_the_bridge():
    modes = yaml.safe_load((CONFIG / 'xs_modes.yaml').read_text())
    params = BridgeParams()
    safety = params.controller.safety
    assert modes['groups']['arm']['operating_mode'] == 'position'
    assert modes['singles']['gripper']['operating_mode'] == params.gripper_mode
    for motor in (modes['groups']['arm'], modes['singles']['gripper']):
        assert motor['profile_type'] == 'time'
        assert motor['profile_velocity'] == round(1000 * safety.move_time_s)
        assert motor['profile_acceleration'] == round(1000 * safety.acceleration_time_s)
