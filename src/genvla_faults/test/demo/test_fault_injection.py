# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole loop as processes, with faults in motion: the arm holds, and continues when fixed."""

from __future__ import annotations

import pytest

from genvla_bringup.demo.processes import NodeCommand
from genvla_faults.faults import FAULTS
from genvla_faults.live_loop import live_loop
from genvla_faults.trial import try_fault

pytestmark = pytest.mark.timeout(300)

REST_AFTER_S = 0.5
"""The servos take 0.25 s to their last goal, and a busy machine notices it late."""
TRIES = 3
STARVED = 'the computer was overloaded'
"""Message of the bridge after its own pause: the measurement does not count then."""


@pytest.fixture(scope='module')
def loop(tmp_path_factory):
    with live_loop(tmp_path_factory.mktemp('log')) as loop:
        yield loop


HOLDING = [fault for fault in FAULTS if fault.holds]
WILD, *GOING_ON = sorted(
    (fault for fault in FAULTS if not fault.holds), key=lambda fault: 'wild' not in fault.name
)


# `try_fault` itself fails if a node exits unexpectedly, or if the arm does not move again.


@pytest.mark.parametrize('fault', HOLDING, ids=lambda fault: fault.name)
def test_no_command_leaves_the_limits_the_arm_holds_and_moves_again(loop, fault):
    for _ in range(TRIES):
        outcome = try_fault(fault, loop)
        assert outcome.violations == ()
        in_time = outcome.motion.last_command_s <= fault.noticed_within_s
        if not fault.goes_limp:
            # NaN where nothing can be measured.
            in_time &= not outcome.motion.at_rest_s > fault.noticed_within_s + REST_AFTER_S
        if in_time or STARVED not in outcome.says:
            break
    assert in_time, outcome
    assert outcome.state != 'executing' or fault.name == 'the bridge is killed'


@pytest.mark.parametrize('fault', GOING_ON, ids=lambda fault: fault.name)
def test_harmless_faults_do_not_stop_the_arm(loop, fault):
    for _ in range(TRIES):
        outcome = try_fault(fault, loop)
        assert outcome.violations == ()
        if 'too high' not in outcome.says:  # the policy itself may press on something
            break
    # Holding: between two chunks of one step, where the second is late.
    assert outcome.state in ('executing', 'holding'), outcome.says
    assert outcome.goes_on, outcome.says


def test_wild_chunks_stay_inside_the_limits_and_the_arm_moves_again(loop):
    outcome = try_fault(WILD, loop)
    assert outcome.violations == ()
    assert outcome.motion.num_commands > 0


def on_the_simulators_clock(command):
    """Return the command of a node that uses /clock, which starts at 0 with the simulator."""
    slower = ('-p', 'real_time_factor:=0.99') if command.name == 'sim_robot' else ()
    arguments = (*command.arguments, '-p', 'use_sim_time:=true', *slower)
    return NodeCommand(command.name, arguments)


def test_when_time_jumps_back_nothing_moves_by_itself_and_the_arm_moves_again(tmp_path):
    with live_loop(tmp_path, wrap=on_the_simulators_clock) as loop:
        loop.watch_for(3.0)  # so that there is something to jump back over
        [killed] = [fault for fault in FAULTS if 'driver is killed' in fault.name]
        outcome = try_fault(killed, loop)
    assert outcome.violations == ()
    assert outcome.motion.last_command_s <= killed.noticed_within_s
