# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The style of a page's plots, and their PNG."""

from __future__ import annotations

from collections.abc import Sequence
import io

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np

BAR = '#1f6fb4'
MARK = '#d1701f'
INK = '#33373d'
_GRID = '#e3e5e8'


def style(axes: Axes) -> None:
    """Give axes a subtle grid, and remove their top and right borders."""
    axes.grid(color=_GRID, lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=9)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    for side in ('top', 'right'):
        axes.spines[side].set_visible(False)
    for side in ('left', 'bottom'):
        axes.spines[side].set_color(INK)


def whole_bins(low: int, high: int, *, most: int) -> Sequence[float]:
    """Return bin edges for whole numbers, so that every bin covers equally many of them.

    Args:
        low: The smallest number.
        high: The largest number.
        most: Maximum number of bins.
    """
    width = -(-(high - low + 1) // most)
    edges: list[float] = (np.arange(low, high + 1 + width, width) - 0.5).tolist()
    return edges


def png(figure: Figure) -> bytes:
    """Return the figure as a PNG; the same data gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=110, metadata={'Software': None})
    return buffer.getvalue()
