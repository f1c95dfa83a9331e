# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of any data set: what there is to say of it, then what each kind adds."""

from __future__ import annotations

from collections.abc import Iterable

from genvla_command.html_page import render_page, table_section
from genvla_training.inspect.report import Report


def report_page(report: Report, sections: Iterable[str]) -> str:
    """Return the page as HTML.

    Args:
        report: What is said first.
        sections: HTML of what follows.
    """
    return render_page(
        report.title,
        facts=report.facts,
        broken=report.broken,
        notices=report.notices,
        sections=[*map(table_section, report.tables), *sections],
    )
