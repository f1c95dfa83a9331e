# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Break the simulated loop in motion, one fault after the other: python -m genvla_faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from pathlib import Path
import re
import sys
import tempfile

from genvla_bringup.demo.processes import ProcessDied
from genvla_command.command_line import parse
from genvla_faults import two_machines
from genvla_faults.chunk_latency import ChunkLatency
from genvla_faults.faults import FAULTS, Fault
from genvla_faults.live_loop import live_loop
from genvla_faults.trial import Outcome, try_fault
from genvla_node.service_calls import NotReached

_NETWORK_S = 20.0
_HEADER = (
    '| fault, in motion | last command after | at rest after | bridge then | moves again after |\n'
    '|---|---|---|---|---|'
)


@dataclass(frozen=True)
class FaultsOptions:
    """Which faults."""

    only: str = ''
    """Only the faults whose name has this text."""
    network: bool = False
    """Instead: the policy on another computer, and faults of the network (root)."""

    def __post_init__(self) -> None:
        """Refuse a text that is in no fault's name."""
        if not self.faults:
            raise ValueError(
                f'only {self.only}: no such fault; there are: '
                + '; '.join(fault.name for fault in FAULTS)
            )

    @property
    def faults(self) -> list[Fault]:
        """Those to try."""
        return [fault for fault in FAULTS if self.only in fault.name]


def row(outcome: Outcome) -> str:
    """Returns an outcome as a line of the table."""
    motion = outcome.motion
    if not outcome.holds:
        last = rest = 'goes on'
    else:
        last = f'{motion.last_command_s:.2f} s'
        blind = math.isnan(motion.at_rest_s) or outcome.fault.startswith('joint_states')
        rest = 'not seen' if blind else f'{motion.at_rest_s:.2f} s'
    _, _, reason = outcome.says.partition(': ')
    then = outcome.state
    if then == 'stopped':
        then += ': ' + re.split('[:;(]', reason)[0].strip()
    return (
        f'| {outcome.fault} | {last} | {rest} | {then} | {outcome.recovery_s:.1f} s |'
        + ''.join(f'\n  VIOLATION: {violation}' for violation in outcome.violations[:3])
    )


def _network() -> int:
    reason = two_machines.why_not()
    if reason:
        print(f'not on this machine: {reason}', file=sys.stderr)
        return 1
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            with two_machines.far_policy(Path(folder)) as loop:
                latency = ChunkLatency(loop)
                for impairment in two_machines.IMPAIRMENTS:
                    print(impairment.name, file=sys.stderr, flush=True)
                    if reason := two_machines.lacks(impairment):
                        print(f'not on this machine: {reason}', file=sys.stderr)
                        continue
                    outcomes.append(two_machines.operate(loop, latency, impairment, _NETWORK_S))
        except (NotReached, ProcessDied) as error:
            print(f'the loop did not survive: {error}', file=sys.stderr)
            return 1
        finally:
            print(two_machines.table(outcomes))
    return int(any(outcome.violations for outcome in outcomes))


def main(args: Sequence[str] | None = None) -> int:
    """Try the faults and print the table; returns 1 if the loop did not survive one."""
    options = parse(FaultsOptions, args, module='genvla_faults', description=__doc__)
    if options.network:
        return _network()
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        print('starting the loop', file=sys.stderr, flush=True)
        try:
            with live_loop(Path(folder)) as loop:
                print(_HEADER, flush=True)
                for fault in options.faults:
                    outcome = try_fault(fault, loop)
                    print(row(outcome), flush=True)
                    status |= bool(outcome.violations)
        except (NotReached, ProcessDied) as error:
            print(f'the loop did not survive: {error}', file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    return status


if __name__ == '__main__':
    raise SystemExit(main())
