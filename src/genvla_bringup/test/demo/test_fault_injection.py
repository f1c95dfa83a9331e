# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole loop as processes, broken in motion: the arm holds, and all goes on when mended."""

from __future__ import annotations

import pytest

from genvla_bringup.fault_injection.faults import FAULTS
from genvla_bringup.fault_injection.live_loop import live_loop
from genvla_bringup.fault_injection.trial import try_fault
from genvla_bringup.processes import NodeCommand

pytestmark = pytest.mark.timeout(300)

HOLD_WITHIN_S = 0.5


@pytest.fixture(scope='module')
def loop(tmp_path_factory):
    with live_loop(tmp_path_factory.mktemp('log')) as loop:
        yield loop


@pytest.mark.parametrize('fault', FAULTS, ids=lambda fault: fault.name)
def test_no_command_leaves_the_limits_the_arm_holds_and_moves_again(loop, fault):
    # Itself it fails if a node ends that nobody has killed, or if the arm does not move again.
    outcome = try_fault(fault, loop)
    assert outcome.violations == ()
    if fault.holds:
        assert outcome.motion.last_command_s <= HOLD_WITHIN_S
        assert outcome.state != 'executing' or fault.name == 'the bridge is killed'
    else:
        # The policy may hit something of its own accord, and wild chunks will: current, tracking.
        assert outcome.motion.num_commands > 0
        assert outcome.state == 'executing' or 'too high' in outcome.says, outcome.says


def on_the_simulators_clock(command):
    """How a node is started that lives by /clock, which begins at nought with the simulator."""
    slower = ('-p', 'real_time_factor:=0.99') if command.name == 'sim_robot' else ()
    arguments = (*command.arguments, '-p', 'use_sim_time:=true', *slower)
    return NodeCommand(command.name, arguments)


def test_when_time_jumps_back_nothing_moves_by_itself_and_the_arm_moves_again(tmp_path):
    with live_loop(tmp_path, wrap=on_the_simulators_clock) as loop:
        loop.watch_for(3.0)  # so that there is something to jump back over
        [killed] = [fault for fault in FAULTS if 'driver is killed' in fault.name]
        outcome = try_fault(killed, loop)
    assert outcome.violations == ()
    assert outcome.motion.last_command_s <= HOLD_WITHIN_S
