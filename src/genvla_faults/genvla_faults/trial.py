# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One fault in motion: what the arm did, and whether everything went on afterwards."""

from __future__ import annotations

from dataclasses import dataclass
import time

from genvla_faults.arm_watch import Motion
from genvla_faults.faults import Fault
from genvla_faults.live_loop import HALTED, LiveLoop

WATCH_S = 2.0
_GOES_ON_WITHIN_S = 20.0
"""A busy machine may take seconds to answer a picture; the arm holds meanwhile."""


@dataclass(frozen=True)
class Outcome:
    """What came of a fault.

    Attributes:
        fault: Its name.
        holds: Whether the arm had to hold.
        motion: What happened in the `WATCH_S` after it.
        state: Of the bridge at the end of them...
        says: ...and its reason, from /diagnostics.
        goes_on: Whether the arm was commanded again after the watch, before anything was mended.
        violations: Commands outside of the limits, from the fault until it was mended.
        recovery_s: Until the policy moved the arm again, all restarts in it [s].
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
    """Returns what came of a fault; the arm is in motion before it and after it was mended.

    Raises:
        ProcessDied: A node has ended that nobody killed.
        NotReached: The arm does not go on, or does not move again; says what it waits for.
    """
    if not loop.is_in_motion:  # as the fault before this one has left it
        loop.bring_into_motion()
    loop.arm.violations.clear()
    repair = fault.inject(loop)
    began_s = time.monotonic()  # by now it is in force
    loop.watch_for(WATCH_S)
    watched_s = time.monotonic()
    motion = loop.arm.since(began_s)
    state, says = loop.nodes.bridge_state, loop.arm.bridge_says
    if not fault.holds:
        loop.wait(
            lambda: loop.arm.since(watched_s).num_commands or loop.nodes.bridge_state in HALTED,
            _GOES_ON_WITHIN_S,
            'the arm did not go on',
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
