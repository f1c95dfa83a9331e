# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The security policy lets the policy's computer do what the policy node does, and no more."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import pytest
from rclpy.parameter import Parameter

from genvla_policy.ros.policy_node import PolicyNode
from genvla_policy.shipped import SHIPPED_CHECKPOINT

POLICY_FILE = Path(__file__).parents[2] / 'config' / 'security' / 'genvla.policy.xml'


@pytest.fixture(scope='module')
def allowed():
    """What the workstation's enclave allows: names by kind and direction."""
    root = ElementTree.parse(POLICY_FILE).getroot()
    enclave = root.find("enclaves/enclave[@path='/genvla/workstation']")
    return {
        (group.tag, way): {f'/{entry.text}' for entry in group}
        for group in enclave.find('profiles/profile')
        for way, verdict in group.attrib.items()
        if verdict == 'ALLOW'
    }


CAMERAS = {'/camera/image_raw', '/camera/image_raw/compressed'}


@pytest.mark.parametrize('camera', sorted(CAMERAS))
def test_every_endpoint_of_the_policy_is_allowed_and_nothing_else_is(graph, allowed, camera):
    graph.node(
        PolicyNode,
        parameter_overrides=[
            Parameter('checkpoint', value=str(SHIPPED_CHECKPOINT)),
            Parameter('image_topics', value=[camera]),
        ],
    )
    operator = graph.node('operator')
    client = operator.create_client(ChangeState, 'policy/change_state')
    configure = Transition(id=Transition.TRANSITION_CONFIGURE)
    assert graph.call(client, ChangeState.Request(transition=configure)).success

    def used(ask):
        names = {name for name, _types in ask('policy', '/')}
        return {name for name in names if not name.startswith(action)}

    [action] = allowed['actions', 'execute']
    assert used(operator.get_publisher_names_and_types_by_node) == allowed['topics', 'publish']
    only_sometimes = {'/clock'} | CAMERAS - {camera}
    listened_to = allowed['topics', 'subscribe'] - only_sometimes
    assert used(operator.get_subscriber_names_and_types_by_node) == listened_to
    assert used(operator.get_service_names_and_types_by_node) == allowed['services', 'reply']
    assert used(operator.get_client_names_and_types_by_node) == set()
