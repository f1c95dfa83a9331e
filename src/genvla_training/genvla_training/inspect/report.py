# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Report on a data set, for both the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import fill

from genvla_command.html_page import Table, render_page, table_section

_WIDTH = 99
_NUM_PRINTED = 20


@dataclass(frozen=True)
class Report:
    """Report on a data set in words and numbers.

    Attributes:
        name: Name of the data set.
        kind: Format of the data set.
        facts: Pairs of a label and a value.
        notices: Oddities to check before training.
        broken: Parts that cannot be trained on, each with the reason.
        tables: Further numbers.
    """

    name: str
    kind: str
    facts: Sequence[tuple[str, str]]
    notices: Sequence[str]
    broken: Sequence[str]
    tables: Sequence[Table]

    @property
    def title(self) -> str:
        """Name and format."""
        return f'{self.name} ({self.kind})'


def as_text(report: Report) -> str:
    """Return the report as text for a terminal."""
    width = max(len(name) for name, _ in report.facts)
    facts = [f'  {name:<{width}}  {value}' for name, value in report.facts]
    parts = ['\n'.join([report.title, *facts])]
    parts += [_text_table(table) for table in report.tables]
    parts += [_listed('look at', report.notices)] if report.notices else []
    parts += [_listed('BROKEN', report.broken)] if report.broken else []
    return '\n\n'.join(parts)


def as_page(report: Report, sections: Iterable[str]) -> str:
    """Return the report as an HTML page, followed by further HTML sections."""
    return render_page(
        report.title,
        facts=report.facts,
        broken=report.broken,
        notices=report.notices,
        sections=[*map(table_section, report.tables), *sections],
    )


def share(part: int, whole: int) -> str:
    """Return a share as a percentage, or '-' if the whole is 0."""
    return f'{100 * part / whole:.1f} %' if whole else '-'


def _text_table(table: Table) -> str:
    grid = [(table.title, *table.columns[1:]), *table.rows]
    widths = [max(len(row[column]) for row in grid) for column in range(len(table.columns))]
    return '\n'.join(
        '  '.join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in grid
    )


def _listed(title: str, lines: Sequence[str]) -> str:
    shown = [
        fill(
            line,
            _WIDTH,
            initial_indent='  - ',
            subsequent_indent='    ',
            break_on_hyphens=False,
            break_long_words=False,  # keeps paths intact for copying
        )
        for line in lines[:_NUM_PRINTED]
    ]
    if len(lines) > _NUM_PRINTED:
        shown.append(f'  and {len(lines) - _NUM_PRINTED} more; all are on the page')
    return '\n'.join([f'{title} ({len(lines)})', *shown])
