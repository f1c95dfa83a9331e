# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""When and why the run of an instruction ends."""

from __future__ import annotations

import math

import pytest

from genvla_policy.ros.instruction_run import InstructionRun, Outcome


@pytest.fixture
def run():
    return InstructionRun(revision=7, started_s=100.0, max_duration_s=10.0)


def test_a_run_continues_until_its_time_is_over(run):
    assert run.ending(109.9, revision=7, cancel_requested=False) is None


def test_a_run_ends_when_its_time_is_over(run):
    ending = run.ending(110.0, revision=7, cancel_requested=False)
    assert (ending.outcome, ending.message) == (
        Outcome.TIME_OVER,
        '10 s have passed; the policy has no instruction now',
    )


def test_a_run_with_a_duration_of_zero_has_no_end():
    run = InstructionRun(revision=7, started_s=100.0, max_duration_s=0.0)
    assert run.ending(1e6, revision=7, cancel_requested=False) is None


def test_a_run_ends_when_another_instruction_is_in_force(run):
    assert run.ending(101.0, revision=8, cancel_requested=False).outcome is Outcome.REPLACED


def test_a_run_ends_when_it_is_cancelled(run):
    assert run.ending(101.0, revision=7, cancel_requested=True).outcome is Outcome.CANCELED


def test_a_run_fails_when_the_policy_is_not_active(run):
    ending = run.ending(101.0, revision=None, cancel_requested=False)
    assert ending.outcome is Outcome.FAILED
    assert 'activate it' in ending.message


def test_a_run_counts_its_own_chunks(run):
    run.count(7, confidence=0.5)
    run.count(8, confidence=0.9)
    assert (run.num_chunks, run.confidence) == (1, 0.5)


def test_confidence_is_nan_without_a_chunk(run):
    assert math.isnan(run.confidence)


def test_elapsed_time_does_not_decrease_when_the_clock_goes_back(run):
    assert run.elapsed_s(99.0) == 0.0
