# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy behind a network that loses packets or has too little bandwidth."""

from __future__ import annotations

import pytest

from genvla_faults import two_machines
from genvla_faults.chunk_latency import ChunkLatency

pytestmark = pytest.mark.timeout(300)

WATCH_S = 4.0


@pytest.fixture(scope='module')
def loop(tmp_path_factory):
    reason = two_machines.why_not()
    if reason:
        pytest.skip(reason)
    with two_machines.far_policy(tmp_path_factory.mktemp('log')) as loop:
        yield loop


@pytest.fixture(scope='module')
def latency(loop):
    return ChunkLatency(loop)


@pytest.mark.parametrize('impairment', two_machines.IMPAIRMENTS, ids=lambda each: each.name)
def test_no_command_leaves_the_limits_and_the_arm_moves_again(loop, latency, impairment):
    reason = two_machines.lacks(impairment)
    if reason:
        pytest.skip(reason)
    outcome = two_machines.operate(loop, latency, impairment, WATCH_S)
    assert outcome.violations == ()
    if impairment.rate_mbit == 2:
        # Not even images get through: the arm holds, and does not continue with old chunks.
        assert outcome.longest_pause_s > WATCH_S - 2.0
    elif impairment.loss_percent <= 10:
        assert outcome.chunks_hz > 2.0
