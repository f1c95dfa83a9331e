# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Append the outcome of each fault to a file as it happens, and tabulate the worst of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
import json
import math
from pathlib import Path
import re

from genvla_faults.arm_watch import Motion
from genvla_faults.trial import Outcome

HEADER = (
    '| fault during motion | runs | last command after | at rest after | bridge state | '
    'moves again after |\n|---|---|---|---|---|---|'
)


def read_outcomes(file: Path) -> list[Outcome]:
    """Return the outcomes of earlier runs; an empty list if the file does not exist.

    Raises:
        ValueError: A line is not an outcome; the message names it.
    """
    outcomes = []
    lines = file.read_text(encoding='utf-8').splitlines() if file.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            values = json.loads(line)
            values['motion'] = Motion(**values['motion'])
            values['violations'] = tuple(values['violations'])
            outcomes.append(Outcome(**values))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f'{file}:{number} is not an outcome of a fault ({error}); delete the line, or '
                'name another file'
            ) from error
    return outcomes


def keep_outcome(file: Path, outcome: Outcome) -> None:
    """Append an outcome to the file, which is created if it does not exist."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open('a', encoding='utf-8') as lines:
        lines.write(json.dumps(asdict(outcome)) + '\n')


def row(outcomes: Sequence[Outcome]) -> str:
    """Return the worst outcomes of one fault as a line of the table."""
    first = outcomes[0]
    last = rest = 'continues'
    if first.holds:
        last = f'{max(outcome.motion.last_command_s for outcome in outcomes):.2f} s'
        at_rest_s = [outcome.motion.at_rest_s for outcome in outcomes]
        blind = first.fault.startswith('joint_states') or any(map(math.isnan, at_rest_s))
        rest = 'not seen' if blind else f'{max(at_rest_s):.2f} s'
    # Keep one example of reasons that differ only in a number.
    ends = {re.sub(r'\d+\.\d+', '', end): end for end in map(_end, outcomes)}.values()
    violations = [each for outcome in outcomes for each in outcome.violations]
    return (
        f'| {first.fault} | {len(outcomes)} | {last} | {rest} | {"; or ".join(ends)} | '
        f'{max(outcome.recovery_s for outcome in outcomes):.1f} s |'
        + ''.join(f'\n  VIOLATION: {violation}' for violation in violations[:3])
    )


def table(outcomes: Iterable[Outcome]) -> str:
    """Return a table with one line per fault, in the order in which they were first injected."""
    by_fault: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_fault.setdefault(outcome.fault, []).append(outcome)
    return '\n'.join([HEADER, *map(row, by_fault.values())])


def _end(outcome: Outcome) -> str:
    if outcome.state != 'stopped':
        return outcome.state
    _, _, reason = outcome.says.partition(': ')
    return f'stopped: {re.split("[:;(]", reason)[0].strip()}'
