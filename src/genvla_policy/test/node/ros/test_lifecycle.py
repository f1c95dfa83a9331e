# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Configuring, and the reasons why it fails."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from genvla_node.diagnostics import Level
from genvla_node.parameters import ParameterError
from genvla_node.qos import COMMAND
from genvla_policy.ros.policy_node import PolicyNode

SUCCESS = TransitionCallbackReturn.SUCCESS
FAILURE = TransitionCallbackReturn.FAILURE


@pytest.fixture
def configure_with(graph, capfd):
    """Configure a node that loads real checkpoints; return the outcome and the log."""

    def configure(**parameters):
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        node = graph.node(PolicyNode, parameter_overrides=overrides)
        return node.trigger_configure(), capfd.readouterr().err

    return configure


def test_configuring_fails_without_a_checkpoint(configure_with):
    outcome, log = configure_with()
    assert outcome == FAILURE
    assert 'parameter checkpoint is empty; set it to a checkpoint folder' in log


def test_the_reason_of_a_failure_is_on_diagnostics_too(graph):
    heard = []
    graph.node('listener').create_subscription(
        DiagnosticArray, '/diagnostics', lambda m: heard.append(m.status[0]), COMMAND
    )
    node = graph.node(PolicyNode)
    assert node.trigger_configure() == FAILURE
    graph.spin_until(lambda: any('checkpoint is empty' in s.message for s in heard), 'the reason')
    assert heard[-1].level == bytes([Level.ERROR])


def test_configuring_fails_when_a_file_of_the_checkpoint_is_missing(configure_with, tmp_path):
    (tmp_path / 'config.json').write_text('{}')
    outcome, log = configure_with(checkpoint=str(tmp_path))
    assert outcome == FAILURE
    assert "lacks ['model.safetensors'," in log
    assert "it contains ['config.json']" in log


def test_configuring_fails_when_topics_and_cameras_differ_in_number(bench, capfd):
    bench.create(image_topics=['left/image_raw', 'right/image_raw'])
    assert bench.node.trigger_configure() == FAILURE
    log = capfd.readouterr().err
    assert 'image_topics names 2 cameras (left/image_raw, right/image_raw)' in log
    assert 'checkpoint fake expects num_cameras = 1' in log


def test_configuring_fails_when_the_first_instruction_is_too_long(bench, capfd):
    bench.create(instruction='x' * 100_000)
    assert bench.node.trigger_configure() == FAILURE
    assert 'at most 1000 are accepted' in capfd.readouterr().err


def test_configuring_fails_when_a_parameter_is_not_among_its_choices(bench, capfd):
    bench.create(dtype='int3')
    assert bench.node.trigger_configure() == FAILURE
    assert "parameter dtype is 'int3'; expected one of: auto, float32" in capfd.readouterr().err


def test_configuring_fails_when_the_policy_cannot_warm_up(bench, capfd):
    def warm_up():
        raise RuntimeError('CUDA out of memory')

    bench.policy.warm_up = warm_up
    bench.create()
    assert bench.node.trigger_configure() == FAILURE
    assert 'cannot configure: RuntimeError: CUDA out of memory' in capfd.readouterr().err


def test_a_parameter_out_of_range_is_rejected_at_once(graph):
    overrides = [Parameter('image_timeout_s', value=-1.0)]
    with pytest.raises(ParameterError, match='image_timeout_s is'):
        graph.node(PolicyNode, parameter_overrides=overrides)


def test_configuring_succeeds_after_the_parameter_is_corrected(bench):
    bench.create(dtype='int3')
    assert bench.node.trigger_configure() == FAILURE
    bench.node.set_parameters([Parameter('dtype', value='float32')])
    assert bench.node.trigger_configure() == SUCCESS


def test_parameters_cannot_be_changed_after_configuring(bench):
    bench.configure()
    result = bench.node.set_parameters([Parameter('image_timeout_s', value=1.0)])[0]
    assert not result.successful
    assert 'clean up the node first' in result.reason


def test_the_node_can_be_cleaned_up_and_configured_again(bench):
    bench.activate(instruction='pick the carrot')
    assert bench.node.trigger_deactivate() == SUCCESS
    assert bench.node.trigger_cleanup() == SUCCESS
    assert bench.node.trigger_configure() == SUCCESS
    assert bench.node.trigger_activate() == SUCCESS
    bench.graph.spin_until(bench.node.count_subscribers('camera/image_raw').__bool__)
    bench.graph.spin_until(lambda: bench.show() or bench.chunks, 'a chunk')


def test_no_instruction_is_in_force_after_cleaning_up(bench):
    bench.configure(instruction='pick the carrot')
    bench.graph.spin_until(lambda: bench.instructions[-1] == 'pick the carrot')
    bench.node.trigger_cleanup()
    bench.graph.spin_until(lambda: bench.instructions[-1] == '')


def test_the_node_can_be_shut_down_while_active(bench):
    bench.activate(instruction='pick the carrot')
    assert bench.node.trigger_shutdown() == SUCCESS
