# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Render the report of an episode: one HTML file without external resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
import json
from typing import Any

import numpy as np

from genvla_bags.recorded_chunk import RecordedChunk
from genvla_bringup.demo import figures
from genvla_bringup.demo.episode import DemoEpisode, Frame
from genvla_command.html_page import (
    Table,
    picture_element,
    png_element,
    render_page,
    section,
    table_element,
)

STRIP_LENGTH = 8

_CHUNK_COLUMNS = (
    'text',
    'time [s]',
    'dx dy dz [mm]',
    'roll pitch yaw [deg]',
    'gripper',
    'confidence',
    'inference [ms]',
)


def strip_times(episode: DemoEpisode) -> list[float]:
    """Return the times [s since the epoch] of the images in the report's camera strip."""
    return [float(t) for t in np.linspace(episode.start_s, episode.end_s, STRIP_LENGTH + 1)[:-1]]


def render_report(
    episode: DemoEpisode, summary: Mapping[str, Any], pictures: Sequence[Frame]
) -> str:
    """Return the report as HTML.

    Args:
        episode: The recorded episode.
        summary: Its summary, see summary.py.
        pictures: Camera images in order of time.
    """
    paths = png_element('position over time', figures.path_over_time(episode))
    paths += png_element('path from above', figures.path_from_above(episode))
    details = escape(json.dumps(summary, indent=2))
    return render_page(
        summary['task'],
        facts=_facts(summary),
        notices=_notices(episode, summary),
        sections=(
            section('Instructions', _instructions(episode)),
            section('Camera', _strip(episode, pictures)),
            section('End effector, commanded and measured', paths),
            section('Latencies', png_element('latencies over time', figures.latencies(episode))),
            section('What the policy printed', _chunks(episode)),
            section('Safety interventions', _interventions(summary)),
            section(
                'Summary',
                f'<details><summary>summary.json</summary><pre>{details}</pre></details>',
            ),
        ),
    )


def _instructions(episode: DemoEpisode) -> str:
    parts = [
        f'{time_s - episode.start_s:.1f} s: <q>{escape(text)}</q>'
        for time_s, text in episode.instructions
    ]
    return f'<p>{" &rarr; ".join(parts)}</p>'


def _notices(episode: DemoEpisode, summary: Mapping[str, Any]) -> list[str]:
    halts = [
        f'From {halt.start_s - episode.start_s:.1f} to {halt.end_s - episode.start_s:.1f} s the '
        f'bridge executed nothing: {halt.status}'
        for halt in episode.halts
    ]
    if summary['trained']:
        return halts
    random = (
        'The weights of this checkpoint are random: the loop is real, but the behaviour is '
        'meaningless.'
    )
    return [random, *halts]


def _facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    latency = {name: each['p50'] for name, each in summary['latency_ms'].items()}
    medians = [
        (f'{name}, median', '-' if latency[key] is None else f'{latency[key]:.0f} ms')
        for name, key in (
            ('inference', 'inference'),
            ('image to whole chunk', 'image_to_chunk'),
            ('image to first command', 'image_to_command'),
        )
    ]
    facts = (
        ('active', f'{summary["duration_s"]:.1f} s'),
        ('chunks', summary['chunks']),
        ('arm commands', summary['commands']),
        ('decode failures', summary['decode_failures']),
        ('stopped or faulted', f'{summary["stopped_s"]:.1f} s'),
        ('end-effector travel', f'{summary["ee_travel_m"]:.3f} m'),
        ('instruction changes', summary['instruction_changes']),
        ('safety interventions', sum(summary['safety_interventions'].values())),
        *medians,
        ('checkpoint', summary['checkpoint']),
    )
    return [(name, str(value)) for name, value in facts]


def _strip(episode: DemoEpisode, pictures: Sequence[Frame]) -> str:
    if not pictures:
        return '<p>No images were recorded.</p>'
    shown = ''.join(
        f'<figure>{picture_element("camera", figures.thumbnail(frame))}'
        f'<figcaption>{frame.time_s - episode.start_s:.1f} s</figcaption></figure>'
        for frame in pictures
    )
    return f'<div class="strip">{shown}</div>'


def _chunks(episode: DemoEpisode) -> str:
    note = (
        ''
        if all(len(chunk.actions_HA) == 1 for chunk in episode.chunks)
        else "<p>The numbers are those of each chunk's first step.</p>"
    )
    rows = [_chunk_row(chunk, episode.start_s) for chunk in episode.chunks]
    table = table_element(Table('chunks', _CHUNK_COLUMNS, rows))
    return f'{note}<div class="scroll">{table}</div>'


def _chunk_row(chunk: RecordedChunk, start_s: float) -> tuple[str, ...]:
    first = chunk.actions_HA[0]
    return (
        chunk.text,
        f'{chunk.arrival_s - start_s:.2f}',
        ' '.join(f'{value:+.1f}' for value in 1e3 * first[:3]),
        ' '.join(f'{value:+.1f}' for value in np.degrees(first[3:6])),
        f'{first[6]:.2f}',
        f'{chunk.confidence_H[0]:.2f}' if len(chunk.confidence_H) else '-',
        f'{1e3 * chunk.inference_s:.0f}',
    )


def _interventions(summary: Mapping[str, Any]) -> str:
    rows = [(rule, str(n)) for rule, n in summary['safety_interventions'].items() if n]
    if not rows:
        return '<p>None.</p>'
    return table_element(Table('interventions', ('rule', 'times'), rows))
