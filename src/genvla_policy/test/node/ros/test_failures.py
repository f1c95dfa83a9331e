# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bad images and failed inferences are counted and reported, and the node continues."""

from __future__ import annotations

import pytest


@pytest.fixture
def values(bench):
    return lambda: {value.key: value.value for value in bench.status().values}


@pytest.mark.parametrize(
    ('fields', 'reason'),
    [
        ({'data': bytes(11)}, 'has 11 bytes of data, expected step * height = 12'),
        ({'encoding': 'nonsense'}, "'nonsense' is not supported without cv_bridge"),
        ({'width': 0}, 'it has no pixels'),
    ],
    ids=['short data', 'unknown encoding', 'zero size'],
)
def test_a_bad_image_is_counted_and_the_next_one_is_answered(
    bench, values, wait_for_log, fields, reason
):
    bench.activate(instruction='pick the carrot', image_timeout_s=5.0)
    bench.show(100.0, **fields)
    wait_for_log(reason)
    figures = values()
    assert figures['image_failures'] == '1'
    assert reason in figures['last_failure']
    bench.show(101.0)
    bench.wait_for_chunks(1)
    assert values()['last_failure'] == ''


def test_a_failed_inference_is_counted_and_the_next_image_is_answered(bench, values, wait_for_log):
    bench.activate(instruction='pick the carrot', image_timeout_s=5.0)
    bench.policy.error = RuntimeError('CUDA out of memory')
    bench.show(100.0)
    wait_for_log('CUDA out of memory')
    figures = values()
    assert figures['inference_failures'] == '1'
    assert figures['last_failure'] == 'inference failed: RuntimeError: CUDA out of memory'
    bench.policy.error = None
    bench.show(101.0)
    bench.wait_for_chunks(1)


def test_an_unsupported_encoding_is_logged_with_the_supported_ones(bench, wait_for_log):
    bench.activate(instruction='pick the carrot')
    bench.show(encoding='nonsense')
    wait_for_log("no chunk for this image: image encoding 'nonsense' is not supported")
    wait_for_log('supported: rgb8')
