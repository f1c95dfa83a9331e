# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The findings of a check, and a report of them as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        what: What was checked.
        measured: The result in words, with units.
        objection: What is wrong and how to fix it; empty if nothing is wrong.
    """

    what: str
    measured: str
    objection: str = ''


def report(findings: Sequence[Finding], title: str) -> str:
    """Return the findings as Markdown."""
    wrong = sum(bool(finding.objection) for finding in findings)
    verdict = f'**{wrong} of {len(findings)} need a look**' if wrong else '**all is well**'
    lines = [f'# {title}', '', verdict, '', '| | measured | |', '|---|---|---|']
    lines += [f'| {f.what} | {f.measured} | {f.objection or "ok"} |' for f in findings]
    return '\n'.join(lines) + '\n'
