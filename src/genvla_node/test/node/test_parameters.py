# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters from a dataclass: declared, checked, frozen while in use."""

from dataclasses import dataclass

import pytest
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.parameter import Parameter

from genvla_node.parameters import NodeParameters, ParameterError, parameter


@dataclass(frozen=True)
class Params:
    rate_hz: float = parameter(5.0, 'Rate of commands.', unit='Hz', ge=1, le=20)
    count: int = parameter(3, 'How many.', ge=1)
    mode: str = parameter('fast', 'How.', choices=['fast', 'slow'])
    corner: tuple[float, ...] = parameter((0.0, 1.0), 'A corner.', unit='m', le=2.0)
    names: tuple[str, ...] = parameter(('a',), 'Names.')


def test_defaults_come_back_as_the_dataclass(graph):
    params = NodeParameters(graph.node('n'), Params).freeze()
    assert params == Params(5.0, 3, 'fast', (0.0, 1.0), ('a',))


def test_overrides_replace_defaults(graph):
    node = graph.node('n', parameter_overrides=[Parameter('rate_hz', value=10.0)])
    assert NodeParameters(node, Params).freeze().rate_hz == 10.0


def test_descriptor_tells_unit_and_range(graph):
    node = graph.node('n')
    NodeParameters(node, Params)
    descriptor = node.describe_parameter('rate_hz')
    assert descriptor.description == 'Rate of commands. [Hz]'
    assert descriptor.floating_point_range[0].to_value == 20.0


def test_a_value_out_of_range_is_refused_when_declared(graph):
    node = graph.node('n', parameter_overrides=[Parameter('rate_hz', value=50.0)])
    with pytest.raises(InvalidParameterValueException):
        NodeParameters(node, Params)


def test_a_value_of_the_wrong_type_is_refused_when_declared(graph):
    node = graph.node('n', parameter_overrides=[Parameter('count', value='three')])
    with pytest.raises(InvalidParameterTypeException):
        NodeParameters(node, Params)


@pytest.mark.parametrize(
    ('name', 'value', 'says'),
    [('mode', 'sideways', 'expected one of: fast, slow'), ('corner', [0.0, 3.0], 'most allowed')],
)
def test_freeze_names_what_is_wrong(graph, name, value, says):
    node = graph.node('n', parameter_overrides=[Parameter(name, value=value)])
    with pytest.raises(ParameterError, match=says):
        NodeParameters(node, Params).freeze()


def test_a_frozen_parameter_refuses_to_change_and_says_why(graph):
    node = graph.node('n')
    parameters = NodeParameters(node, Params)
    parameters.freeze()
    result = node.set_parameters([Parameter('rate_hz', value=7.0)])[0]
    assert not result.successful
    assert 'rate_hz: read when the node configures' in result.reason


def test_a_thawed_parameter_changes_at_the_next_freeze(graph):
    node = graph.node('n')
    parameters = NodeParameters(node, Params)
    parameters.freeze()
    parameters.thaw()
    node.set_parameters([Parameter('rate_hz', value=7.0)])
    assert parameters.freeze().rate_hz == 7.0
