# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The status on /diagnostics."""

from __future__ import annotations

import pytest

from genvla_policy.images.picture_fit import PictureFit

OK, WARN = b'\x00', b'\x01'


@pytest.fixture
def values(bench):
    return lambda: {value.key: value.value for value in bench.status().values}


def test_an_unconfigured_node_reports_that(bench):
    bench.create()
    status = bench.status()
    assert (status.name, status.level, status.message) == ('policy', OK, 'not configured')


def test_inactive_is_not_a_warning(bench):
    bench.configure()
    status = bench.status()
    assert (status.level, status.message) == (OK, 'inactive')


def test_waiting_for_an_instruction_is_reported(bench):
    bench.activate(image_timeout_s=5.0)
    bench.show()
    bench.graph.spin_for(0.1)
    status = bench.status()
    assert (status.level, status.message) == (
        OK,
        'waiting for an instruction (~/set_instruction)',
    )


def test_the_figures_are_reported(bench, values):
    bench.activate(instruction='pick the carrot', image_timeout_s=5.0)
    bench.show()
    bench.wait_for_chunks(1)
    figures = values()
    assert figures['chunks'] == '1'
    assert figures['decode_failures'] == '0'
    assert figures['image_age_ms'] == '1000'
    assert figures['control_period_ms'] == '200'
    assert figures['instruction'] == 'pick the carrot'
    assert float(figures['latency_p95_ms']) >= float(figures['latency_p50_ms']) > 0.0
    assert 'rate_hz' in figures


def test_random_weights_are_a_warning(bench):
    bench.policy.config = type(bench.policy.config)(trained=False)
    bench.configure()
    status = bench.status()
    assert status.level == WARN
    assert 'random weights: the checkpoint is not trained' in status.message


def test_a_decoder_that_fell_back_is_a_warning(bench):
    bench.policy.decoding_warning = 'every token now takes a separate pass'
    bench.configure()
    status = bench.status()
    assert status.level == WARN
    assert 'every token now takes a separate pass' in status.message
    [shown] = [v.value for v in status.values if v.key == 'decoding_warning']
    assert shown == bench.policy.decoding_warning


def test_a_camera_without_any_image_is_a_warning(bench):
    bench.activate()
    status = bench.status()
    assert status.level == WARN
    assert 'no image has arrived on camera/image_raw; check the camera' in status.message


def test_a_camera_silent_for_2_s_is_a_warning(bench, wait_for_log):
    bench.activate(instruction='pick the carrot')
    bench.show()
    bench.wait_for_chunks(1)
    bench.set_time(101.0)
    status = bench.status()
    assert status.level == WARN
    assert 'the newest image on camera/image_raw is 2.00 s old (limit 0.5 s)' in status.message
    wait_for_log('s old (limit 0.5 s); check the camera')


def test_a_camera_with_stamps_in_the_future_is_a_warning(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(110)
    bench.graph.spin_for(0.1)
    assert '9.00 s in the future; synchronise the clocks' in bench.status().message


def test_inference_slower_than_the_control_period_is_a_warning(bench):
    bench.policy.config = type(bench.policy.config)(control_rate_hz=1e4)
    bench.activate(instruction='pick the carrot', image_timeout_s=5.0)
    bench.policy.gate.clear()
    bench.show()
    bench.wait_for_inferences(1)
    bench.graph.spin_for(0.05)
    bench.policy.gate.set()
    bench.wait_for_chunks(1)
    status = bench.status()
    assert status.level == WARN
    assert 'longer than the control period of 0 ms: the arm will pause' in status.message


def test_images_of_another_aspect_ratio_are_a_warning_that_names_the_conversion(bench):
    fit = PictureFit(64, 'area', 1.0, 'crop', 0.5)
    bench.policy.config = type(bench.policy.config)(picture_fit=fit)
    bench.activate(instruction='pick the carrot', image_timeout_s=5.0)
    bench.show()
    bench.wait_for_chunks(1)
    status = bench.status()
    assert status.level == WARN
    assert (
        'is cropped to the ratio of training, and the policy does not see the rest'
        in status.message
    )
