# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Inject one fault while the arm moves: record what the arm did, and whether it recovered."""

from __future__ import annotations

from dataclasses import dataclass
import time

from genvla_faults.arm_watch import Motion
from genvla_faults.faults import Fault
from genvla_faults.live_loop import HALTED, LiveLoop

WATCH_S = 2.0
_GOES_ON_WITHIN_S = 20.0
"""A busy machine may take seconds to answer an image; the arm holds meanwhile."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a fault.

    Attributes:
        fault: Name of the fault.
        holds: Whether the arm had to hold.
        motion: The motion in the `WATCH_S` after the fault.
        state: State of the bridge at the end of that time.
        says: The bridge's reason for that state, from /diagnostics.
        goes_on: Whether the arm was commanded again after that time, before the repair.
        violations: Commands that broke a limit, from the fault until the arm moved again.
        recovery_s: Time until the policy moved the arm again, including all restarts [s].
    """

    fault: str
    holds: bool
    motion: Motion
    state: str
    says: str
    goes_on: bool
    violations: tuple[str, ...]
    recovery_s: float


def try_fault(fault: Fault, loop: LiveLoop) -> Outcome:
    """Return the outcome of a fault; the arm is in motion before the fault and after the repair.

    Raises:
        ProcessDied: A node exited unexpectedly.
        NotReached: The arm does not continue, or does not move again; the message says what is
            missing.
    """
    if not loop.is_in_motion:  # the previous fault may have left it in motion
        loop.bring_into_motion()
    loop.arm.violations.clear()
    repair = fault.inject(loop)
    began_s = time.monotonic()  # the fault is active now
    loop.watch_for(WATCH_S)
    watched_s = time.monotonic()
    motion = loop.arm.since(began_s)
    state, says = loop.nodes.bridge_state, loop.arm.bridge_says
    if not fault.holds:
        loop.wait(
            lambda: loop.arm.since(watched_s).num_commands or loop.nodes.bridge_state in HALTED,
            _GOES_ON_WITHIN_S,
            'the arm did not continue',
        )
    goes_on = loop.arm.since(watched_s).num_commands > 0
    mending_s = time.monotonic()
    repair()
    loop.bring_into_motion()
    return Outcome(
        fault=fault.name,
        holds=fault.holds,
        motion=motion,
        state=state,
        says=says,
        goes_on=goes_on,
        violations=tuple(loop.arm.violations),
        recovery_s=time.monotonic() - mending_s,
    )
