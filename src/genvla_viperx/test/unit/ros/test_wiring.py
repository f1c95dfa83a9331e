# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The wiring of the commands, judged by a graph in which a node may not be discovered yet."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from genvla_viperx.ros.wiring import look_at_wiring

COMMANDS, JOINT_STATES = '/vx300s/commands/joint_group', '/vx300s/joint_states'
DRIVER, RECORDER, UNDISCOVERED = 'xs_sdk', 'recorder', '_NODE_NAME_UNKNOWN_'


def wiring(publish_joint_states, hear_commands):
    def endpoints(names):
        return [SimpleNamespace(node_name=name, node_namespace='/') for name in names]

    node = SimpleNamespace(
        get_publishers_info_by_topic=lambda topic: endpoints(
            publish_joint_states if topic == JOINT_STATES else ['bridge']
        ),
        get_subscriptions_info_by_topic=lambda topic: endpoints(hear_commands),
        get_fully_qualified_name=lambda: '/bridge',
    )
    return look_at_wiring(node, [COMMANDS], JOINT_STATES)


def test_commands_that_reach_the_driver_raise_no_objection():
    found = wiring([DRIVER], [RECORDER, DRIVER, UNDISCOVERED])
    assert (found.unheard, found.undiscovered) == ('', '')


def test_commands_that_reach_only_another_node_are_unheard():
    found = wiring([DRIVER], [RECORDER])
    assert f'{COMMANDS} does not reach /{DRIVER}' in found.unheard
    assert not found.undiscovered


@pytest.mark.parametrize(
    ('publish_joint_states', 'hear_commands'),
    [
        ([], [RECORDER]),
        ([DRIVER], [RECORDER, UNDISCOVERED]),
        ([UNDISCOVERED], [RECORDER]),
        ([UNDISCOVERED], [UNDISCOVERED]),
    ],
)
def test_a_node_not_discovered_yet_proves_neither(publish_joint_states, hear_commands):
    found = wiring(publish_joint_states, hear_commands)
    assert not found.unheard
    assert COMMANDS in found.undiscovered
