# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The HTML page of a replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
import json
from typing import Any

from genvla_command.end_effector_action import ACTION_NAMES
from genvla_command.html_page import (
    Table,
    picture_element,
    png_element,
    render_page,
    section,
    table_element,
)
from genvla_eval.replay import figures
from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import SCALE_A, UNITS, stuck_notice
from genvla_eval.replay.image_use import image_use_notice
from genvla_eval.replay.worst import WorstMoment


def render_report(
    summary: Mapping[str, Any],
    rows_by_checkpoint: Mapping[str, Sequence[Row]],
    worst_by_checkpoint: Mapping[str, Sequence[WorstMoment]],
) -> str:
    """Return the page as HTML.

    Args:
        summary: The summary; see command.py.
        rows_by_checkpoint: Answers by the checkpoint's name, at least one each.
        worst_by_checkpoint: Their worst moments.
    """
    results = summary['results']
    period_s = next(iter(results.values()))['latency']['period_ms'] / 1e3
    sections = [section('Results', _figures_table(results))]
    if summary['comparison'] is not None:
        sections.append(section('Comparison', _comparison(summary['comparison'])))
    sections.append(
        section(
            'Predicted and recorded actions',
            png_element('actions over time', figures.actions_over_time(rows_by_checkpoint)),
        )
    )
    sections.append(
        section('Errors by step', png_element('errors by step', figures.errors_by_step(results)))
    )
    for name, moments in worst_by_checkpoint.items():
        sections.append(section(f'Largest errors of {name}', _worst(moments)))
    for name, rows in rows_by_checkpoint.items():
        if any(row.q is not None for row in rows):
            plot = png_element('path in space', figures.path_in_space(rows))
            sections.append(section(f'Path in space: {name} (orange) and recorded (blue)', plot))
    plots = png_element('latencies', figures.latencies(rows_by_checkpoint, period_s))
    if any(_at(result, ('text', 'calibration')) for result in results.values()):
        plots += png_element('calibration', figures.calibration(results))
    sections.append(section('Confidence and latency', plots))
    raw = escape(json.dumps(summary, indent=2))
    sections.append(
        section(
            'All numbers',
            f'<details><summary>summary.json</summary><pre>{raw}</pre></details>',
        )
    )
    notices = [f'{bag["name"]}: {line}' for bag in summary['bags'] for line in bag['notices']]
    for name, result in results.items():
        notices += filter(
            None, [image_use_notice(name, result['image']), stuck_notice(name, result)]
        )
    sections.append(section('Topics', _topics(summary['bags'])))
    return render_page('Replay', facts=_facts(summary), notices=notices, sections=sections)


def _facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    answers = next(iter(summary['results'].values()))['answers']
    return [
        ('bags', ', '.join(bag['name'] for bag in summary['bags'])),
        ('answers per checkpoint', str(answers)),
        ('checkpoints', ', '.join(summary['results'])),
        ('compared', '; '.join(dict.fromkeys(bag['described'] for bag in summary['bags']))),
    ]


def _topics(bags: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        (bag['name'], use, ', '.join([names] if isinstance(names, str) else names) or 'none')
        for bag in bags
        for use, names in bag['topics'].items()
    ]
    return table_element(Table('topics', ('bag', 'for', 'topic'), lines))


def _figures_table(results: Mapping[str, Any]) -> str:
    lines: list[tuple[str, ...]] = []
    for name, unit in zip(ACTION_NAMES[:6], UNITS[:6], strict=True):
        for kind in ('mae', 'rmse', 'bias'):
            cells = [
                _number(result['errors']['by_dimension'][name][kind])
                for result in results.values()
            ]
            lines.append((f'{name}, {kind} [{unit}]', *cells))
    for label, path in (
        ('direction, cosine', ('errors', 'direction_cosine')),
        ('gripper accuracy', ('errors', 'gripper_accuracy')),
        ('gripper delay [s]', ('errors', 'gripper_timing', 'mean_late_s')),
        ('missed gripper changes', ('errors', 'gripper_timing', 'missed')),
        ('change from step to step [mm]', ('errors', 'smoothness_mm', 'predicted')),
        ('  as recorded [mm]', ('errors', 'smoothness_mm', 'reference')),
        ('stands still where the robot moved, share', ('errors', 'stuck_share')),
        ('error with another image [mm]', ('image', 'with_another_image_mm')),
        ('  with its own image [mm]', ('image', 'translation_mm')),
        ('token accuracy', ('text', 'token_accuracy')),
        ('nats per token', ('text', 'nll_per_token')),
        ('same text as recorded', ('text', 'same_text_as_recorded')),
        ('calibration error', ('text', 'calibration', 'expected_error')),
        ('inference time, median [ms]', ('latency', 'p50_ms')),
        ('  95th percentile [ms]', ('latency', 'p95_ms')),
        ('time to first action, median [ms]', ('latency', 'first_action_p50_ms')),
        ('share within the control period', ('latency', 'in_time')),
        ('share of steps that the bridge would change', ('safety', 'changed_share')),
    ):
        lines.append((label, *(_number(_at(result, path)) for result in results.values())))
    return table_element(Table('figures', ('', *results), lines))


def _comparison(comparison: Mapping[str, Any]) -> str:
    lines = [
        (name, *(_number(each[key]) for key in ('mean', 'low', 'high')))
        for name, each in comparison['differences'].items()
    ]
    note = escape(
        f'{comparison["second"]} minus {comparison["first"]}, moment by moment; below 0, '
        f'{comparison["second"]} is better. 95 % intervals from a block bootstrap.'
    )
    columns = ('', 'mean', 'from', 'to')
    return f'<p>{note}</p>{table_element(Table("comparison", columns, lines))}'


def _worst(moments: Sequence[WorstMoment]) -> str:
    shown = ''.join(
        f'<figure>{picture_element("camera image", moment.picture)}<figcaption>error '
        f'{moment.error_mm:.1f} mm; &ldquo;{escape(moment.row.instruction)}&rdquo;<br>predicted '
        f'{_step(moment.row.first_predicted_A)}<br>recorded '
        f'{_step(moment.row.first_reference_A)}</figcaption></figure>'
        for moment in moments
    )
    return (
        f'<div class="strip">{shown}</div>'
        if shown
        else '<p>No recorded actions to compare with.</p>'
    )


def _step(action: Any) -> str:
    x, y, z, *_rotation, gripper = (action * SCALE_A).tolist()
    return f'{x:.0f} {y:.0f} {z:.0f} mm, gripper {gripper:.1f}'


def _at(result: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = result
    for key in path:
        value = None if value is None else value[key]
    return value


def _number(value: Any) -> str:
    if value is None:
        return '-'
    return str(value) if isinstance(value, int) else f'{value:.3g}'
