# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The plots of a replay, as PNGs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_NAMES
from genvla_command.plot_style import BAR, INK, MARK, png, style
from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import UNITS, runs_of, stack
from genvla_viperx.arm.kinematics import forward

Array = NDArray[np.float64]

REFERENCE = BAR
COLOURS = (MARK, '#3f8f5b')
"""Colours of the first and the second checkpoint."""
_MOST_ARROWS = 60


def actions_over_time(rows_by_checkpoint: Mapping[str, Sequence[Row]]) -> bytes:
    """Return a PNG of each answer's first step and the recorded one, one panel per dimension."""
    figure = Figure(figsize=(10.5, 11.0), layout='constrained')
    panels = figure.subplots(7, 1, sharex=True)
    for number, (name, rows) in enumerate(rows_by_checkpoint.items()):
        start_s = rows[0].time_s
        first = 0
        predicted, reference = stack(rows)
        for run in runs_of(rows):
            part = slice(first, first + len(run))
            times_s = np.array([row.time_s for row in run]) - start_s
            labels = (name, 'recorded') if first == 0 else ('_', '_')
            for index, axes in enumerate(panels):
                if number == 0:
                    axes.plot(
                        times_s,
                        reference[part, 0, index],
                        color=REFERENCE,
                        lw=1.6,
                        label=labels[1],
                    )
                axes.plot(
                    times_s,
                    predicted[part, 0, index],
                    color=COLOURS[number],
                    lw=1.0,
                    label=labels[0],
                )
            first += len(run)
    for axes, dimension, unit in zip(panels, ACTION_NAMES, UNITS, strict=True):
        style(axes)
        axes.set_ylabel(f'{dimension} [{unit}]' if unit else dimension)
    panels[-1].set_xlabel('time since the first answer [s]')
    panels[0].legend(loc='lower left', bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=3)
    return png(figure)


def errors_by_step(summaries: Mapping[str, Any]) -> bytes:
    """Return a PNG of translation and rotation errors by step of the horizon."""
    figure = Figure(figsize=(10.5, 2.6), layout='constrained')
    panels = figure.subplots(1, 2)
    width = 0.8 / len(summaries)
    for axes, key, label in (
        (panels[0], 'translation_mm', 'translation error [mm]'),
        (panels[1], 'rotation_deg', 'rotation error [deg]'),
    ):
        style(axes)
        for number, (name, summary) in enumerate(summaries.items()):
            steps = summary['errors']['by_step']
            at = [each['step'] + number * width for each in steps]
            heights = [np.nan if each[key] is None else each[key] for each in steps]
            axes.bar(at, heights, width=width, color=COLOURS[number], label=name)
        axes.set_xticks(range(len(steps)))
        axes.set_xlabel('step of the horizon')
        axes.set_ylabel(label)
    if len(summaries) > 1:
        panels[0].legend(frameon=False, fontsize=8)
    return png(figure)


def calibration(summaries: Mapping[str, Any]) -> bytes:
    """Return a PNG of confidence against the share of reference tokens that were most probable."""
    figure = Figure(figsize=(4.2, 3.6), layout='constrained')
    axes = figure.subplots()
    style(axes)
    axes.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=':')
    for number, (name, summary) in enumerate(summaries.items()):
        known = summary['text'] and summary['text']['calibration']
        if not known:
            continue
        bins = known['bins']
        axes.plot(
            [each['confidence'] for each in bins],
            [each['token_accuracy'] for each in bins],
            'o-',
            color=COLOURS[number],
            label=name,
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel('confidence')
    axes.set_ylabel('token accuracy')
    return png(figure)


def latencies(rows_by_checkpoint: Mapping[str, Sequence[Row]], period_s: float) -> bytes:
    """Return a PNG of the latencies of answers, with the control period."""
    figure = Figure(figsize=(5.8, 3.6), layout='constrained')
    axes = figure.subplots()
    style(axes)
    for number, (name, rows) in enumerate(rows_by_checkpoint.items()):
        times_ms = [1e3 * row.inference_s for row in rows]
        axes.hist(times_ms, bins=40, color=COLOURS[number], alpha=0.8, label=name)
    axes.axvline(1e3 * period_s, color=INK, lw=1.0, ls='--')
    axes.set_title('dashed: the control period', fontsize=9, color=INK, loc='right')
    axes.set_xlabel('inference time [ms]')
    axes.set_ylabel('answers')
    return png(figure)


def path_in_space(rows: Sequence[Row]) -> bytes:
    """Return a PNG of the tool's path, with predicted and recorded (blue) motions along it.

    Args:
        rows: Answers; at least one with measured joints.
    """
    known = [row for row in rows if row.q is not None]
    at = np.array([forward(row.q)[:3, 3] for row in known if row.q is not None])
    figure = Figure(figsize=(6.4, 5.6), layout='constrained')
    axes: Any = figure.add_subplot(projection='3d')
    axes.plot(*at.T, color=INK, lw=0.8)
    chosen = np.unique(np.linspace(0, len(at) - 1, min(_MOST_ARROWS, len(at))).astype(int))
    for values, colour in (
        (np.stack([row.first_reference_A[:3] for row in known]), REFERENCE),
        (np.stack([row.first_predicted_A[:3] for row in known]), COLOURS[0]),
    ):
        axes.quiver(*at[chosen].T, *np.nan_to_num(values[chosen]).T, color=colour, lw=1.2)
    for setter, name in (
        ('set_xlabel', 'x [m]'),
        ('set_ylabel', 'y [m]'),
        ('set_zlabel', 'z [m]'),
    ):
        getattr(axes, setter)(name)
    axes.set_box_aspect(np.maximum(np.ptp(at, axis=0), 0.05))
    return png(figure)
