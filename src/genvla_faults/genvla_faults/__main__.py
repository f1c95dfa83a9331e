# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Inject faults into the moving simulated loop, one by one: python -m genvla_faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import sys
import tempfile

from tqdm import tqdm

from genvla_bringup.demo.processes import ProcessDied
from genvla_command.command_line import check_at_least, parse
from genvla_faults import two_machines
from genvla_faults.chunk_latency import ChunkLatency
from genvla_faults.faults import FAULTS, Fault
from genvla_faults.live_loop import live_loop
from genvla_faults.outcome_table import keep_outcome, read_outcomes, table
from genvla_faults.trial import Outcome, try_fault
from genvla_node.service_calls import NotReached

_NETWORK_S = 20.0


@dataclass(frozen=True)
class FaultsOptions:
    """Which faults to inject."""

    only: str = ''
    """Only inject faults whose name contains this text."""
    repeat: int = 1
    """How often to inject each fault; the table shows the worst outcome."""
    record: Path | None = None
    """File that keeps every outcome, one line of JSON each. Outcomes that it already contains are
    not repeated, so you can resume an interrupted run by starting it again."""
    network: bool = False
    """Instead, run the policy behind its own network namespace, as on another computer, and inject
    network faults; needs root."""

    def __post_init__(self) -> None:
        """Reject a text that matches no fault, and a number of runs below one."""
        check_at_least(1, repeat=self.repeat)
        if not self.faults:
            raise ValueError(
                f'only is {self.only}, which matches no fault; the faults are: '
                + '; '.join(fault.name for fault in FAULTS)
            )

    @property
    def faults(self) -> list[Fault]:
        """The faults to inject."""
        return [fault for fault in FAULTS if self.only in fault.name]


def _network() -> int:
    reason = two_machines.why_not()
    if reason:
        print(f'not possible on this machine: {reason}', file=sys.stderr)
        return 1
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            with two_machines.far_policy(Path(folder)) as loop:
                latency = ChunkLatency(loop)
                for impairment in two_machines.IMPAIRMENTS:
                    print(impairment.name, file=sys.stderr, flush=True)
                    if reason := two_machines.lacks(impairment):
                        print(f'not possible on this machine: {reason}', file=sys.stderr)
                        continue
                    outcomes.append(two_machines.operate(loop, latency, impairment, _NETWORK_S))
        except (NotReached, ProcessDied) as error:
            print(f'the loop failed: {error}', file=sys.stderr)
            return 1
        finally:
            print(two_machines.table(outcomes))
    return int(any(outcome.violations for outcome in outcomes))


def main(args: Sequence[str] | None = None) -> int:
    """Inject the faults and print the table; return 1 if the loop failed or a limit was broken."""
    options = parse(FaultsOptions, args, module='genvla_faults', description=__doc__)
    if options.network:
        return _network()
    outcomes = [] if options.record is None else read_outcomes(options.record)
    tries = Counter(outcome.fault for outcome in outcomes)
    due = [
        fault
        for run in range(options.repeat)
        for fault in options.faults
        if tries[fault.name] <= run
    ]
    try:
        _try(due, outcomes, options.record)
    except (NotReached, ProcessDied) as error:
        print(f'the loop failed: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        print(table(outcomes))
    return int(any(outcome.violations for outcome in outcomes))


def _try(faults: Sequence[Fault], outcomes: list[Outcome], record: Path | None) -> None:
    if not faults:
        return
    with tempfile.TemporaryDirectory() as folder, live_loop(Path(folder)) as loop:
        bar = tqdm(faults, unit='fault')
        for fault in bar:
            bar.set_description(fault.name)
            outcome = try_fault(fault, loop)
            outcomes.append(outcome)
            if record is not None:
                keep_outcome(record, outcome)


if __name__ == '__main__':
    raise SystemExit(main())
