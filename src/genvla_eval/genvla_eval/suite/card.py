# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the results of a checkpoint as a section of its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import re
from typing import Any

from genvla_eval.suite.cells import PICKS

_HEADING = '## How well it does'
_SECTION = re.compile(rf'{_HEADING}\n.*?(?=^## |\Z)', re.DOTALL | re.MULTILINE)


def section(reports: Sequence[Mapping[str, Any]], command: str) -> str:
    """Return the section in Markdown.

    Args:
        reports: One per task, from run_rollouts().
        command: Command that produced the results.
    """
    tasks = {report['task']: report for report in reports}
    others = [name for name in tasks if name not in PICKS]
    groups = {
        'The three Pick tasks': [name for name in PICKS if name in tasks],
        f'The other {len(others)}': others,
    }
    return '\n'.join(
        [
            _HEADING,
            '',
            f'    {command}',
            '',
            'Closed loop in the simulator, on scenes that it was never trained on.',
            "The bridge's own controller moves the arm, with all its rules.",
            '',
            '| task | done | 95 % interval | steps | arm stopped by a rule |',
            '|---|---|---|---|---|',
            *(_row(report) for report in reports),
            '',
            *(
                f'{name}: {_share(tasks, group):.0%} on average.'
                for name, group in groups.items()
                if group
            ),
            '',
            '',
        ]
    )


def with_section(card: str, text: str) -> str:
    """Return a card with its section replaced, or appended if it has none."""
    if _SECTION.search(card):
        return _SECTION.sub(lambda _match: text, card, count=1).rstrip('\n') + '\n'
    return card.rstrip('\n') + '\n\n' + text.rstrip('\n') + '\n'


def _row(report: Mapping[str, Any]) -> str:
    low, high = report['wilson_95']
    steps = '-' if report['mean_steps'] is None else f'{report["mean_steps"]:.0f}'
    return (
        f'| {report["task"]} | {report["successes"]} of {report["episodes"]} | '
        f'{low:.0%} to {high:.0%} | {steps} | {report["stopped"]} |'
    )


def _share(tasks: Mapping[str, Mapping[str, Any]], group: Sequence[str]) -> float:
    episodes = sum(tasks[name]['episodes'] for name in group)
    return float(sum(tasks[name]['successes'] for name in group) / episodes)
