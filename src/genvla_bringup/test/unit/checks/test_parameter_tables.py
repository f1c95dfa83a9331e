# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""docs/ros_interface.md lists the parameters that the nodes declare."""

from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='parameters are declared in ROS terms')

from genvla_bringup.checks.parameter_tables import NODES, parameter_table
from genvla_viperx.safety.refusal import Rule

PAGE = (Path(__file__).resolve().parents[5] / 'docs' / 'ros_interface.md').read_text()


@pytest.mark.parametrize('node', list(NODES))
def test_the_page_has_the_node_s_parameter_table_as_printed(node):
    assert parameter_table(NODES[node]) in PAGE, 'python -m genvla_bringup.checks.parameter_tables'


@pytest.mark.parametrize('rule', list(Rule))
def test_the_page_explains_every_rule(rule):
    assert f'| `{rule}` |' in PAGE
