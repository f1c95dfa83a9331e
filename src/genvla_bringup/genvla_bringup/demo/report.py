# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The report of an episode: one HTML file that needs nothing else, not even a network."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
import json
from typing import Any

import numpy as np

from genvla_bags.recorded_chunk import RecordedChunk
from genvla_bringup.demo import figures
from genvla_bringup.demo.episode import DemoEpisode, Frame

STRIP_LENGTH = 8

_CHUNK_COLUMNS = (
    'time [s]',
    'text',
    'dx dy dz [mm]',
    'roll pitch yaw [deg]',
    'gripper',
    'confidence',
    'inference [ms]',
)

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #23262b; max-width: 1180px;
       margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.notice { background: #fff4e0; border-left: 4px solid #d1701f; padding: .5rem .8rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: .6rem; }
.facts div { background: #f4f5f7; padding: .5rem .7rem; border-radius: 4px; }
.facts b { display: block; font-size: 1.15rem; }
.strip { display: grid; grid-template-columns: repeat(4, 1fr); gap: .5rem; }
figure { margin: 0; } figcaption { font-size: .8rem; color: #5a616b; }
img { max-width: 100%; } .paths { display: flex; flex-wrap: wrap; align-items: start; }
.paths img:first-child { flex: 9; min-width: 0; } .paths img:last-child { flex: 5; min-width: 0; }
.scroll { max-height: 420px; overflow: auto; border: 1px solid #e3e5e8; }
table { border-collapse: collapse; width: 100%; font-size: .82rem; }
th { position: sticky; top: 0; background: #f4f5f7; text-align: left; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid #e3e5e8; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.text { font-family: monospace; white-space: normal; }
details pre { background: #f4f5f7; padding: .7rem; overflow: auto; }
"""


def strip_times(episode: DemoEpisode) -> list[float]:
    """Returns the times [s since the epoch] whose pictures the report's camera strip shows."""
    return [float(t) for t in np.linspace(episode.start_s, episode.end_s, STRIP_LENGTH + 1)[:-1]]


def render_report(
    episode: DemoEpisode, summary: Mapping[str, Any], pictures: Sequence[Frame]
) -> str:
    """Returns the report as HTML.

    Args:
        episode: what happened.
        summary: its figures, see summary.py.
        pictures: camera pictures in order of time.
    """
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>genvla: {escape(summary['task'])}</title>
<style>{_STYLE}</style></head><body>
<h1>{escape(summary['task'])}</h1>
<p>{_instructions(episode)}</p>
{_notice(summary)}{_halts(episode)}
<div class="facts">{_facts(summary)}</div>
<h2>Camera</h2><div class="strip">{_strip(episode, pictures)}</div>
<h2>End effector, commanded and measured</h2>
<div class="paths">{_png('position over time', figures.path_over_time(episode))}
{_png('path from above', figures.path_from_above(episode))}</div>
<h2>Latencies</h2>{_png('latencies over time', figures.latencies(episode))}
<h2>What the policy printed</h2>{_chunk_table(episode)}
<h2>Safety interventions</h2>{_interventions(summary)}
<h2>Summary</h2><details><summary>summary.json</summary>
<pre>{escape(json.dumps(summary, indent=2))}</pre></details>
</body></html>
"""


def _instructions(episode: DemoEpisode) -> str:
    parts = [
        f'{time_s - episode.start_s:.1f} s: <q>{escape(text)}</q>'
        for time_s, text in episode.instructions
    ]
    return ' &rarr; '.join(parts)


def _notice(summary: Mapping[str, Any]) -> str:
    if summary['trained']:
        return ''
    return (
        '<p class="notice">The weights of this checkpoint are random: the loop is real, the '
        'behaviour means nothing.</p>'
    )


def _halts(episode: DemoEpisode) -> str:
    return ''.join(
        f'<p class="notice">From {halt.start_s - episode.start_s:.1f} to '
        f'{halt.end_s - episode.start_s:.1f} s the bridge executed nothing: '
        f'{escape(halt.status)}</p>'
        for halt in episode.halts
    )


def _facts(summary: Mapping[str, Any]) -> str:
    inference = summary['latency_ms']['inference']['p50']
    facts = (
        ('active', f'{summary["duration_s"]:.1f} s'),
        ('chunks', summary['chunks']),
        ('arm commands', summary['commands']),
        ('decode failures', summary['decode_failures']),
        ('stopped or faulted', f'{summary["stopped_s"]:.1f} s'),
        ('end-effector travel', f'{summary["ee_travel_m"]:.3f} m'),
        ('instruction changes', summary['instruction_changes']),
        ('safety interventions', sum(summary['safety_interventions'].values())),
        ('inference, median', '-' if inference is None else f'{inference:.0f} ms'),
        ('checkpoint', summary['checkpoint']),
    )
    return ''.join(
        f'<div>{escape(name)}<b>{escape(str(value))}</b></div>' for name, value in facts
    )


def _strip(episode: DemoEpisode, pictures: Sequence[Frame]) -> str:
    if not pictures:
        return '<p>No pictures were recorded.</p>'
    return ''.join(
        f'<figure><img alt="camera" src="{_data_url("jpeg", figures.thumbnail(frame))}">'
        f'<figcaption>{frame.time_s - episode.start_s:.1f} s</figcaption></figure>'
        for frame in pictures
    )


def _chunk_table(episode: DemoEpisode) -> str:
    head = ''.join(f'<th>{name}</th>' for name in _CHUNK_COLUMNS)
    rows = ''.join(_chunk_row(chunk, episode.start_s) for chunk in episode.chunks)
    note = (
        ''
        if all(len(c.actions_HA) == 1 for c in episode.chunks)
        else ("<p>Figures are those of each chunk's first step.</p>")
    )
    return f'{note}<div class="scroll"><table><tr>{head}</tr>{rows}</table></div>'


def _chunk_row(chunk: RecordedChunk, start_s: float) -> str:
    first = chunk.actions_HA[0]
    numbers = (
        ' '.join(f'{value:+.1f}' for value in 1e3 * first[:3]),
        ' '.join(f'{value:+.1f}' for value in np.degrees(first[3:6])),
        f'{first[6]:.2f}',
        f'{chunk.confidence_H[0]:.2f}' if len(chunk.confidence_H) else '-',
        f'{1e3 * chunk.inference_s:.0f}',
    )
    cells = ''.join(f'<td class="number">{value}</td>' for value in numbers)
    return (
        f'<tr><td class="number">{chunk.arrival_s - start_s:.2f}</td>'
        f'<td class="text">{escape(chunk.text)}</td>{cells}</tr>'
    )


def _interventions(summary: Mapping[str, Any]) -> str:
    counts = {rule: n for rule, n in summary['safety_interventions'].items() if n}
    if not counts:
        return '<p>None.</p>'
    rows = ''.join(
        f'<tr><td>{escape(rule)}</td><td class="number">{count}</td></tr>'
        for rule, count in counts.items()
    )
    return f'<table style="width: auto"><tr><th>rule</th><th>times</th></tr>{rows}</table>'


def _png(name: str, data: bytes) -> str:
    return f'<img alt="{escape(name)}" src="{_data_url("png", data)}">'


def _data_url(kind: str, data: bytes) -> str:
    return f'data:image/{kind};base64,{base64.b64encode(data).decode("ascii")}'
