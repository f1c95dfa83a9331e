# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Images of the report: camera strip as pixels, end-effector path and latencies as PNG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import cv2
from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np
from numpy.typing import NDArray

from genvla_bringup.demo.episode import Array, DemoEpisode, Frame, Track
from genvla_command.plot_style import BAR, INK, MARK, png, style

COMMANDED, MEASURED = MARK, BAR
_HALTED = '#f6d9bf'
_AXES = ('x forward', 'y left', 'z up')


def path_over_time(episode: DemoEpisode) -> bytes:
    """Plot the commanded and measured end-effector position, one panel per axis, as PNG."""
    figure = Figure(figsize=(9.0, 6.0), layout='constrained')
    panels = figure.subplots(3, 1, sharex=True)
    for index, (axes, name) in enumerate(zip(panels, _AXES, strict=True)):
        style(axes)
        _line(axes, episode, episode.commanded, index, COMMANDED, 'commanded')
        _line(axes, episode, episode.measured, index, MEASURED, 'measured')
        _mark_instructions(axes, episode, labelled=index == 0)
        _shade_halts(axes, episode)
        axes.set_ylabel(f'{name} [m]')
    panels[-1].set_xlabel('time since the policy became active [s]')
    panels[0].legend(loc='lower left', bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=3)
    return png(figure)


def path_from_above(episode: DemoEpisode) -> bytes:
    """Plot both paths from above as PNG, with the robot's base at the lower edge and x upwards."""
    figure = Figure(figsize=(5.0, 6.0), layout='constrained')
    axes = figure.subplots()
    style(axes)
    for track, color, name in (
        (episode.commanded, COMMANDED, 'commanded'),
        (episode.measured, MEASURED, 'measured'),
    ):
        if len(track.values):
            axes.plot(track.values[:, 1], track.values[:, 0], color=color, lw=1.4, label=name)
            axes.plot(track.values[0, 1], track.values[0, 0], 'o', color=color, ms=5)
            axes.plot(track.values[-1, 1], track.values[-1, 0], 's', color=color, ms=5)
    axes.set_aspect('equal', adjustable='datalim')
    axes.invert_xaxis()  # y points to the robot's left
    axes.set_xlabel('y left [m]')
    axes.set_ylabel('x forward [m]')
    axes.set_title('from above; dot: start, square: end', fontsize=10, color=INK)
    if axes.lines:
        axes.legend(loc='best', frameon=False)
    return png(figure)


def latencies(episode: DemoEpisode) -> bytes:
    """Plot three latencies of each chunk over time as PNG, with median and 95th percentile."""
    figure = Figure(figsize=(9.0, 6.0), layout='constrained')
    panels = figure.subplots(3, 1, sharex=True)
    times_s = np.array([chunk.arrival_s for chunk in episode.chunks]) - episode.start_s
    answered = episode.chunk_to_command_ms
    for axes, name, x, y in (
        (panels[0], 'inference', times_s, episode.inference_ms),
        (panels[1], 'image to chunk', times_s, episode.image_to_chunk_ms),
        (panels[2], 'chunk to command', times_s[episode.is_answered], answered),
    ):
        style(axes)
        axes.plot(x, y, '.', color=MEASURED, ms=4)
        axes.set_ylabel(f'{name} [ms]')
        axes.set_ylim(bottom=0.0)
        if len(y):
            p50, p95 = np.percentile(y, (50, 95))
            axes.axhline(p50, color=INK, lw=1.0)
            axes.axhline(p95, color=INK, lw=1.0, ls=':')
            title = f'median {p50:.1f} ms (line), 95 % below {p95:.1f} ms (dotted)'
            axes.set_title(title, fontsize=9, color=INK, loc='right')
    panels[-1].set_xlabel('time since the policy became active [s]')
    return png(figure)


def thumbnail(frame: Frame, width_px: int = 320) -> NDArray[np.uint8]:
    """Return a smaller copy of a camera image, RGB."""
    height_px = round(frame.pixels.shape[0] * width_px / frame.pixels.shape[1])
    small = cv2.resize(frame.pixels, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def pick_evenly(frames: Iterable[Frame], times_s: Sequence[float]) -> list[Frame]:
    """Return the first frame at or after each of the ascending times, if there is one.

    Each frame is used at most once. The frames are consumed one by one, in order of time.
    """
    picked: list[Frame] = []
    for frame in frames:
        if len(picked) < len(times_s) and frame.time_s >= times_s[len(picked)]:
            picked.append(frame)
    return picked


def _line(
    axes: Axes, episode: DemoEpisode, track: Track, index: int, color: str, name: str
) -> None:
    times, values = with_gaps(track.times_s - episode.start_s, track.values[:, index])
    axes.plot(times, values, color=color, lw=1.4, label=name)


def with_gaps(times_s: Array, values: Array, longest_s: float = 1.0) -> tuple[Array, Array]:
    """Return the samples with a NaN in every gap longer than `longest_s`.

    A plotted line then breaks in the gap instead of interpolating across it.
    """
    gaps = np.flatnonzero(np.diff(times_s) > longest_s) + 1
    return np.insert(times_s, gaps, np.nan), np.insert(values, gaps, np.nan)


def _mark_instructions(axes: Axes, episode: DemoEpisode, *, labelled: bool) -> None:
    for (_, before), (time_s, text) in pairwise(episode.instructions):
        if text != before:
            axes.axvline(time_s - episode.start_s, color=INK, lw=1.0, ls='--')
            if labelled:
                axes.set_title(
                    f'dashed: "{text}" takes effect', fontsize=9, color=INK, loc='right'
                )


def _shade_halts(axes: Axes, episode: DemoEpisode) -> None:
    for index, halt in enumerate(episode.halts):
        start_s, end_s = halt.start_s - episode.start_s, halt.end_s - episode.start_s
        label = '_' if index else 'stopped or faulted'
        axes.axvspan(start_s, end_s, color=_HALTED, lw=0.0, zorder=0, label=label)
