# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Plot success and smoothness over the latency of a policy, for each way of executing chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
import numpy as np

from genvla_command.plot_style import INK, png, style

PAPER_LATENCIES_S = (0.73, 2.30)
"""Range from pi0 to OpenVLA+ on the authors' GPUs. Source: the paper, "Evaluation setup"."""
_STYLES: dict[str, dict[str, Any]] = {
    'blocking': {'color': '#666666', 'lw': 5.0, 'ls': '-', 'alpha': 0.4},
    'replace': {'color': '#d95f02', 'lw': 3.0, 'ls': '-'},
    'ensemble': {'color': '#7570b3', 'lw': 1.6, 'ls': '--'},
    'commit': {'color': '#1f77b4', 'lw': 1.6, 'ls': '-'},
}
"""Line styles in drawing order; the lower lines are wider, so that none is hidden."""


def latency_plot(reports: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a PNG of the reports of genvla_eval.rollouts, with all tasks pooled."""
    figure = Figure(figsize=(7.0, 6.0), layout='constrained')
    success, change = figure.subplots(2, 1, sharex=True)
    for axes in (success, change):
        style(axes)
        axes.axvspan(*PAPER_LATENCIES_S, color='#eeeeee', lw=0.0, zorder=0)
    held = {report['execution'] for report in reports}
    for way in (way for way in _STYLES if way in held):
        own = [report for report in reports if report['execution'] == way]
        latencies_s = sorted({report['latency_s'] for report in own})
        at = [[r for r in own if r['latency_s'] == latency_s] for latency_s in latencies_s]
        rates = [sum(r['successes'] for r in rs) / sum(r['episodes'] for r in rs) for rs in at]
        worst = [max(r['velocity_change'] for r in rs) for rs in at]
        line = {'marker': 'o', 'ms': 4, 'label': way, **_STYLES[way]}
        success.plot(latencies_s, 100 * np.array(rates), **line)
        change.plot(latencies_s, worst, **line)
    success.set_ylim(0, 102)
    success.set_ylabel('success [%]')
    success.legend(loc='lower left', frameon=False)
    change.set_ylim(bottom=0.0)
    change.set_ylabel('largest change of a\njoint velocity [rad/s]')
    change.set_xlabel('from an image to the chunk that answers it [s]')
    low_s, high_s = PAPER_LATENCIES_S
    success.set_title(
        f"grey: latencies of the paper's policies, {low_s:.2f} to {high_s:.2f} s",
        fontsize=9,
        color=INK,
        loc='right',
    )
    return png(figure)
