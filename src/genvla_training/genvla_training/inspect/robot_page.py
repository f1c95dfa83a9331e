# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of a robot data set, and its plots.

Shape suffixes: E episodes, N steps of all episodes, T steps of an episode, A action dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import GRIPPER
from genvla_command.html_page import picture_element, png_element, section
from genvla_command.plot_style import BAR, INK, MARK, png, style, whole_bins
from genvla_training.inspect.action_units import DIMENSIONS, to_display
from genvla_training.inspect.report import Report, as_page
from genvla_training.inspect.robot_survey import EpisodeSample, RobotSurvey

_NUM_BINS = 60
_AXIS_COLORS = ('#c23b3b', '#2e8b57', '#1f6fb4')
"""Colours of x, y and z, as is usual in robotics."""
_SMALLEST_SPAN = (1.0, 5.0)
"""Minimum half-height of the motion panels [cm, deg], so that noise does not look like motion."""


def robot_page(report: Report, survey: RobotSurvey) -> str:
    """Return the page as HTML.

    Args:
        report: Report on the survey.
        survey: Results of the survey.
    """
    sections = []
    if survey.actions:
        lengths = length_histogram(survey.lengths_E, survey.control_rate_hz)
        actions = action_histograms(np.concatenate(list(survey.actions.values())))
        sections = [
            section('Lengths of episodes', png_element('lengths of episodes', lengths)),
            section('Distribution of actions', png_element('values of actions', actions)),
        ]
    shown = ''.join(_episode(sample, survey.control_rate_hz) for sample in survey.samples)
    if shown:
        sections.append(section('Random episodes, as a policy sees them', shown))
    return as_page(report, sections)


def length_histogram(lengths_E: NDArray[np.int64], control_rate_hz: float) -> bytes:
    """Return a PNG histogram of episode lengths."""
    figure = Figure(figsize=(9.0, 2.6), layout='constrained')
    axes = figure.subplots()
    style(axes)
    bins = whole_bins(int(lengths_E.min()), int(lengths_E.max()), most=_NUM_BINS)
    axes.hist(lengths_E, bins=bins, color=BAR)
    median = float(np.median(lengths_E))
    axes.axvline(median, color=MARK, lw=1.4)
    title = f'median {median:g} steps = {median / control_rate_hz:.1f} s'
    axes.set_title(title, fontsize=9, color=INK, loc='right')
    axes.set_xlabel('length of an episode [steps]')
    axes.set_ylabel('episodes')
    return png(figure)


def action_histograms(actions_NA: NDArray[np.float64]) -> bytes:
    """Return a PNG histogram of each action dimension, with q01 and q99 marked."""
    figure = Figure(figsize=(10.5, 4.8), layout='constrained')
    panels = figure.subplots(2, 4, sharey=True)
    shown_NA = to_display(actions_NA)
    q01_A, q99_A = np.quantile(shown_NA, [0.01, 0.99], axis=0)
    places = [*panels[0, :3], *panels[1, :3], panels[0, 3]]
    for number, (axes, dimension) in enumerate(zip(places, DIMENSIONS, strict=True)):
        style(axes)
        axes.hist(shown_NA[:, number], bins=_NUM_BINS, color=BAR, log=True)
        axes.axvline(q01_A[number], color=MARK, lw=1.4)
        axes.axvline(q99_A[number], color=MARK, lw=1.4, ls='--')
        axes.set_xlabel(dimension.label)
    for row in panels:
        row[0].set_ylabel('steps (log scale)')
    panels[0, 0].set_ylim(bottom=0.7)  # makes a single step visible
    legend = panels[1, 3]
    legend.axis('off')
    lines = [legend.plot([], [], color=MARK, ls=ls)[0] for ls in ('-', '--')]
    legend.legend(
        lines,
        ['q01 becomes -1', 'q99 becomes +1'],
        title='in a policy, except for the gripper:',
        loc='center',
        frameon=False,
    )
    return png(figure)


def action_curves(
    actions_TA: NDArray[np.float64], control_rate_hz: float, marked_steps: Sequence[int]
) -> bytes:
    """Return a PNG of an episode's actions over time; the steps with pictures are marked."""
    figure = Figure(figsize=(9.6, 4.2), layout='constrained')
    panels = figure.subplots(3, 1, sharex=True, height_ratios=(3, 3, 2))
    # Every action holds for a whole step, including the last one.
    times_s = np.arange(len(actions_TA) + 1) / control_rate_hz
    shown_TA = to_display(np.concatenate([actions_TA, actions_TA[-1:]]))
    for axes in panels:
        style(axes)
        for step in marked_steps:
            axes.axvline(times_s[step], color=MARK, lw=0.8, ls=':')
    for first, axes, span in zip((0, 3), panels, _SMALLEST_SPAN, strict=False):
        _curves(axes, times_s, shown_TA[:, first : first + 3], first)
        axes.set_ylabel(f'per step [{DIMENSIONS[first].unit}]')
        limit = max(span, 1.08 * float(np.abs(shown_TA[:, first : first + 3]).max()))
        axes.set_ylim(-limit, limit)
    panels[2].step(times_s, shown_TA[:, GRIPPER], where='post', color=INK, lw=1.4)
    panels[2].set_ylabel('gripper')
    low, high = min(0.0, shown_TA[:, GRIPPER].min()), max(1.0, shown_TA[:, GRIPPER].max())
    panels[2].set_ylim(low - 0.08, high + 0.08)
    panels[2].set_xlabel('time [s]; dotted: the images above')
    return png(figure)


def _curves(
    axes: Axes, times_s: NDArray[np.float64], shown_T3: NDArray[np.float64], first: int
) -> None:
    for offset, color in enumerate(_AXIS_COLORS):
        name = DIMENSIONS[first + offset].name
        axes.step(times_s, shown_T3[:, offset], where='post', color=color, lw=1.4, label=name)
    axes.legend(loc='center left', bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9)


def _episode(sample: EpisodeSample, rate_hz: float) -> str:
    length = len(sample.actions_TA)
    curves = action_curves(sample.actions_TA, rate_hz, sample.steps)
    strips = ''.join(
        f'<div class="strip">{_strip(sample, camera, rate_hz)}</div>'
        for camera in range(len(sample.frames[0]))
    )
    return (
        f'<h3>&ldquo;{escape(sample.instruction)}&rdquo; <small>episode {sample.number}, '
        f'{length} steps, {length / rate_hz:.1f} s</small></h3>'
        f'{strips}{png_element("actions over time", curves)}'
    )


def _strip(sample: EpisodeSample, camera: int, rate_hz: float) -> str:
    return ''.join(
        f'<figure>{picture_element(f"camera {camera}", frame[camera])}'
        f'<figcaption>{step / rate_hz:.1f} s</figcaption></figure>'
        for step, frame in zip(sample.steps, sample.frames, strict=True)
    )
