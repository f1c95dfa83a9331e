# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Report findings on a page that shows the worst moments, and in the terminal."""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import groupby

from genvla_command.html_page import Table, picture_element, render_page, section, table_section
from genvla_training.data.episode import BadData, Episode, RobotDataset
from genvla_training.lint.finding import CHECKS, Finding
from genvla_training.lint.survey import LintSurvey

_NUM_PRINTED = 3
_STRIP = range(-2, 4)


def lint_text(survey: LintSurvey) -> str:
    """Return the findings as text for a terminal."""
    lines = [f'{survey.name}: {_size(survey)}; {_states(survey)}']
    counts = Counter(finding.check for finding in survey.findings)
    for check, findings in groupby(survey.findings, key=lambda finding: finding.check):
        lines.append(f'\n{check} ({counts[check]}): {CHECKS[check]}')
        shown = list(findings)
        lines += [f'  - {each.place}: {each.text}' for each in shown[:_NUM_PRINTED]]
        if len(shown) > _NUM_PRINTED:
            lines.append(f'  and {len(shown) - _NUM_PRINTED} more; the worst are on the page')
    if not survey.findings:
        lines.append('no defects found')
    return '\n'.join(lines)


def lint_page(survey: LintSurvey, dataset: RobotDataset, *, num_shown: int) -> str:
    """Return the page as HTML; reads the episodes to show again.

    Args:
        survey: Results of the survey.
        dataset: Data set with the pictures.
        num_shown: Maximum number of findings to show per check.
    """
    counts = Counter(finding.check for finding in survey.findings)
    rows = [
        (f'{check}: {CHECKS[check]}', f'{counts[check]:,}') for check in CHECKS if counts[check]
    ]
    sections = [table_section(Table('findings', ('check', 'found'), rows))]
    for check, findings in groupby(survey.findings, key=lambda finding: finding.check):
        worst = list(findings)[:num_shown]
        body = ''.join(_moment(each, dataset) for each in worst)
        sections.append(section(f'{check}: {CHECKS[check]}', body))
    facts = [
        ('episodes', f'{survey.num_episodes:,}'),
        ('steps', f'{survey.num_steps:,}'),
        ('rate', f'{survey.control_rate_hz:g} Hz'),
        ('findings', f'{len(survey.findings):,}'),
    ]
    return render_page(f'{survey.name}: lint', facts=facts, sections=sections)


def _moment(finding: Finding, dataset: RobotDataset) -> str:
    heading = f'<h3>{escape(finding.text)} <small>{escape(finding.place)}</small></h3>'
    if finding.episode is None or finding.check == 'broken':
        return heading
    try:
        return heading + _strip(dataset.read(finding.episode), finding.step)
    except BadData as error:
        return heading + f'<p class="broken">{escape(str(error))}</p>'


def _strip(episode: Episode, step: int) -> str:
    """Return the pictures from two steps before a step to three steps after it."""
    shown = [step + offset for offset in _STRIP if 0 <= step + offset < len(episode.frames)]
    figures = ''.join(
        f'<figure>{picture_element(f"step {each}", episode.frames[each][0])}'
        f'<figcaption>{"<b>" * (each == step)}step {each}{"</b>" * (each == step)}</figcaption>'
        '</figure>'
        for each in shown
    )
    return f'<div class="strip">{figures}</div>'


def _size(survey: LintSurvey) -> str:
    return (
        f'{survey.num_episodes:,} episodes, {survey.num_steps:,} steps at '
        f'{survey.control_rate_hz:g} Hz, {len(survey.findings):,} findings'
    )


def _states(survey: LintSurvey) -> str:
    return 'states were read' if survey.has_states else 'no states to check'
