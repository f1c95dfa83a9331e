# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Print every node's parameters as the tables of docs/ros_interface.md.

    python -m genvla_bringup.checks.parameter_tables

Paste the tables into the page; a test checks that they are up to date.
"""

from __future__ import annotations

from typing import Any

from genvla_bringup.operate.supervisor import SupervisorParams
from genvla_bringup.recording.episode_recorder import EpisodeRecorderParams
from genvla_bringup.teleoperation.teleoperation_node import TeleoperationParams
from genvla_command.command_line import NoOptions, parse
from genvla_node.parameters import ParameterSpec, parameter_specs
from genvla_policy.ros.params import PolicyParams
from genvla_sim.ros.sim_node import SimParams
from genvla_sim.ros.usb_cam import UsbCamParams
from genvla_sim.ros.xs_sdk import XsSdkParams
from genvla_viperx.ros.params import BridgeParams

NODES: dict[str, type] = {
    'policy': PolicyParams,
    'viperx_bridge': BridgeParams,
    'sim': SimParams,
    'episode_recorder': EpisodeRecorderParams,
    'supervisor': SupervisorParams,
    'teleoperation': TeleoperationParams,
    'xs_sdk (simulated)': XsSdkParams,
    'usb_cam (simulated)': UsbCamParams,
}


def parameter_table(params_type: type) -> str:
    """Return a node's parameters as a Markdown table: name, default, range, meaning."""
    lines = ['| parameter | default | range | meaning |', '|---|---|---|---|']
    for name, (default, spec) in parameter_specs(params_type).items():
        meaning = spec.description.rstrip('.') + (f' [{spec.unit}]' if spec.unit else '')
        lines.append(f'| `{name}` | {_default(default)} | {_range(spec)} | {meaning} |')
    return '\n'.join(lines)


def _default(default: Any) -> str:
    if isinstance(default, tuple):
        return '[' + ', '.join(_default(element) for element in default) + ']'
    if isinstance(default, float):
        return f'{default:.5g}'
    return f'"{default}"' if isinstance(default, str) else str(default)


def _range(spec: ParameterSpec) -> str:
    if spec.choices:
        return ', '.join(choice or '""' for choice in spec.choices)
    low = '' if spec.ge is None else f'{spec.ge:.5g}'
    high = '' if spec.le is None else f'{spec.le:.5g}'
    if low and high:
        return f'{low} to {high}'
    return f'from {low}' if low else f'up to {high}' if high else ''


def main() -> None:
    """Print the tables of all nodes."""
    parse(NoOptions, module='genvla_bringup.checks.parameter_tables', description=__doc__)
    for name, params_type in NODES.items():
        print(f'### {name}\n\n{parameter_table(params_type)}\n')


if __name__ == '__main__':
    main()
