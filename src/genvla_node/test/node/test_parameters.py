# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters from a dataclass: declared, checked, frozen while in use."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import nan

import pytest
from rclpy.parameter import Parameter

from genvla_node.parameters import NodeParameters, ParameterError, parameter, parameter_specs


@dataclass(frozen=True)
class Params:
    rate_hz: float = parameter(5.0, 'Rate of commands.', unit='Hz', ge=1, le=20)
    count: int = parameter(3, 'How many.', ge=1)
    mode: str = parameter('fast', 'How.', choices=['fast', 'slow'])
    corner: tuple[float, ...] = parameter((0.0, 1.0), 'A corner.', unit='m', le=2.0)
    names: tuple[str, ...] = parameter(('a',), 'Names.')


def test_defaults_become_the_dataclass(graph):
    params = NodeParameters(graph.node('n'), Params).freeze()
    assert params == Params(5.0, 3, 'fast', (0.0, 1.0), ('a',))


def test_overrides_replace_defaults(graph):
    node = graph.node('n', parameter_overrides=[Parameter('rate_hz', value=10.0)])
    assert NodeParameters(node, Params).freeze().rate_hz == 10.0


@pytest.mark.parametrize(
    ('name', 'says'),
    [
        ('rate_hertz', r'rate_hertz; did you mean rate_hz\?'),
        ('zzz', 'zzz; expected one of: rate_hz,'),
    ],
)
def test_a_parameter_that_the_node_does_not_have_is_refused(graph, name, says):
    node = graph.node('n', parameter_overrides=[Parameter(name, value=1.0)])
    with pytest.raises(ParameterError, match=says):
        NodeParameters(node, Params)


def test_parameters_of_ros_and_of_other_nodes_of_the_process_are_accepted(graph):
    of_ros = [Parameter('use_sim_time', value=False), Parameter('qos_overrides.x', value=1)]
    NodeParameters(graph.node('n', parameter_overrides=of_ros), Params)
    others = graph.node('m', parameter_overrides=[Parameter('task', value='PickCarrot')])
    NodeParameters(others, Params, alone=False)


def test_the_descriptor_contains_unit_and_range(graph):
    node = graph.node('n')
    NodeParameters(node, Params)
    descriptor = node.describe_parameter('rate_hz')
    assert descriptor.description == 'Rate of commands. [Hz]'
    assert descriptor.floating_point_range[0].to_value == 20.0


@pytest.mark.parametrize(
    ('name', 'value', 'says'),
    [
        (
            'rate_hz',
            50.0,
            'rate_hz is 50.0; expected a number with .* from 1 to 20 Hz',
        ),
        ('rate_hz', 5, 'rate_hz is 5; expected a number with a decimal point .* such as 5.0'),
        ('count', 'three', "count is 'three'; expected a whole number of at least 1, such as 3"),
        ('names', 'a', r"names is 'a'; expected a list, such as \['a'\]"),
        ('mode', True, 'mode is True; expected one of: fast, slow'),
    ],
)
def test_a_bad_override_is_refused_when_declared(graph, name, value, says):
    node = graph.node('n', parameter_overrides=[Parameter(name, value=value)])
    with pytest.raises(ParameterError, match=says):
        NodeParameters(node, Params)


@pytest.mark.parametrize(
    ('name', 'value', 'says'),
    [
        ('mode', 'sideways', "mode is 'sideways'; expected one of: fast, slow"),
        (
            'corner',
            [0.0, 3.0],
            r'corner is \[0.0, 3.0\]; expected a list .* of at most 2',
        ),
        ('corner', [nan, 0.0], r'corner is \[nan, 0.0\]'),
    ],
)
def test_freeze_reports_the_wrong_and_the_expected_value(graph, name, value, says):
    node = graph.node('n', parameter_overrides=[Parameter(name, value=value)])
    with pytest.raises(ParameterError, match=says):
        NodeParameters(node, Params).freeze()


def test_a_frozen_parameter_refuses_to_change_and_says_why(graph):
    node = graph.node('n')
    parameters = NodeParameters(node, Params)
    parameters.freeze()
    result = node.set_parameters([Parameter('rate_hz', value=7.0)])[0]
    assert not result.successful
    assert 'rate_hz: only read when the node configures' in result.reason


def test_a_thawed_parameter_changes_at_the_next_freeze(graph):
    node = graph.node('n')
    parameters = NodeParameters(node, Params)
    parameters.freeze()
    parameters.thaw()
    node.set_parameters([Parameter('rate_hz', value=7.0)])
    assert parameters.freeze().rate_hz == 7.0


@pytest.mark.parametrize(
    ('name', 'value', 'says'),
    [
        ('mode', 'sideways', "mode is 'sideways'; expected one of: fast, slow"),
        ('corner', [0.0, 3.0], 'corner is [0.0, 3.0]; expected a list'),
    ],
)
def test_values_that_configuring_would_refuse_are_refused_when_set(graph, name, value, says):
    node = graph.node('n')
    parameters = NodeParameters(node, Params)
    result = node.set_parameters([Parameter(name, value=value)])[0]
    assert not result.successful
    assert says in result.reason
    parameters.freeze()


def test_parameters_that_are_read_once_are_read_only(graph):
    node = graph.node('n')
    NodeParameters(node, Params, for_good=True).freeze()
    assert node.describe_parameter('rate_hz').read_only
    assert not node.set_parameters([Parameter('rate_hz', value=7.0)])[0].successful


@dataclass(frozen=True)
class LiveParams:
    """One parameter that may change at any time, and one that may not."""

    speed_scale: float = parameter(1.0, 'How fast', ge=0.0, le=1.0, live=True)
    rate_hz: float = parameter(5.0, 'How often', ge=0.0)


def test_changes_of_a_live_parameter_are_reported_while_configured(graph):
    node, told = graph.node('n'), []
    parameters = NodeParameters(
        node, LiveParams, on_live_change=lambda name, value: told.append((name, value))
    )
    node.set_parameters([Parameter('speed_scale', value=0.9)])
    assert told == []  # It is read when the node configures.
    assert parameters.freeze().speed_scale == 0.9
    assert node.set_parameters([Parameter('speed_scale', value=0.2)])[0].successful
    assert told == [('speed_scale', 0.2)]
    assert not node.set_parameters([Parameter('speed_scale', value=1.5)])[0].successful
    assert not node.set_parameters([Parameter('rate_hz', value=1.0)])[0].successful
    assert told == [('speed_scale', 0.2)]


@dataclass(frozen=True)
class Boxes:
    boxes: tuple[float, ...] = parameter((), 'Boxes.', unit='m')


def test_a_list_of_numbers_may_be_empty_by_default(graph):
    node = graph.node('n')
    parameters = NodeParameters(node, Boxes)
    assert parameters.freeze() == Boxes(())
    assert node.describe_parameter('boxes').type == Parameter.Type.DOUBLE_ARRAY.value
    parameters.thaw()
    assert not node.set_parameters([Parameter('boxes', value=['a'])])[0].successful
    assert node.set_parameters([Parameter('boxes', value=[0.5])])[0].successful
    assert parameters.freeze() == Boxes((0.5,))
    node = graph.node('o', parameter_overrides=[Parameter('boxes', value=[])])
    assert NodeParameters(node, Boxes).freeze() == Boxes(())
    node = graph.node('m', parameter_overrides=[Parameter('boxes', value=[0.5, 1.0])])
    assert NodeParameters(node, Boxes).freeze() == Boxes((0.5, 1.0))


@pytest.mark.parametrize('value', [['a'], 'a', [1, 2], 3.0])
def test_a_value_that_is_not_a_list_of_numbers_is_refused(graph, value):
    node = graph.node('n', parameter_overrides=[Parameter('boxes', value=value)])
    with pytest.raises(ParameterError, match=r'boxes is .*; expected a list, such as \[0.0\]'):
        NodeParameters(node, Boxes).freeze()


class Pace(StrEnum):
    WALK = 'walk'
    TROT = 'trot'


@dataclass(frozen=True)
class Gait:
    """A dataclass without ROS."""

    pace: Pace = field(default=Pace.WALK, metadata={'description': 'How', 'choices': tuple(Pace)})
    stride: float = field(default=0.5, metadata={'description': 'How far', 'unit': 'm', 'le': 1.0})


@dataclass(frozen=True)
class Horse:
    name: str = parameter('Bess', 'Name.')
    gait: Gait = field(default_factory=Gait)


def test_the_fields_of_a_nested_dataclass_are_parameters(graph):
    node = graph.node('n', parameter_overrides=[Parameter('pace', value='trot')])
    parameters = NodeParameters(node, Horse)
    node.set_parameters([Parameter('stride', value=0.8)])
    assert parameters.freeze() == Horse(gait=Gait(Pace.TROT, 0.8))
    assert node.describe_parameter('stride').description == 'How far [m]'
    assert list(parameter_specs(Horse)) == ['name', 'pace', 'stride']


def test_a_field_of_a_nested_dataclass_has_its_range(graph):
    node = graph.node('n', parameter_overrides=[Parameter('stride', value=2.0)])
    with pytest.raises(ParameterError, match=r'stride is 2.0; expected .* of at most 1 m'):
        NodeParameters(node, Horse)
    node = graph.node('m', parameter_overrides=[Parameter('pace', value='hop')])
    with pytest.raises(ParameterError, match=r"pace is 'hop'; expected one of: walk, trot"):
        NodeParameters(node, Horse).freeze()
