# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The plots of a probe: the features in the plane, and the drift caused by training.

Shape suffixes: I pictures, F features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler

from genvla_command.plot_style import BAR, INK, MARK, png, style
from genvla_eval.probe.labelled_images import Labels

_MOST_IN_LEGEND = 20
_PERPLEXITY = 30.0
_COLUMNS = 3
_PANEL_IN = 3.4


def plane(features_IF: NDArray[np.float32], *, seed: int) -> NDArray[np.float32]:
    """Project pictures to the plane by t-SNE, (I, 2), which keeps neighbours together.

    Source: L. van der Maaten, G. Hinton, Visualizing data using t-SNE, JMLR 9 (2008).
    """
    tsne = TSNE(
        init='pca',
        perplexity=min(_PERPLEXITY, (len(features_IF) - 1) / 3.0),
        random_state=seed,
    )
    return np.asarray(tsne.fit_transform(StandardScaler().fit_transform(features_IF)))


def planes(
    places: Mapping[str, NDArray[np.float32]],
    accuracies: Mapping[str, float],
    labels_I: Labels,
    class_names: Sequence[str],
) -> bytes:
    """Return a PNG with one panel per kind of features, as figure 4 of the paper.

    Args:
        places: Results of plane(), by the panel's title.
        accuracies: Accuracies of the linear probe, by the same titles.
        labels_I: Classes of the pictures.
        class_names: Names of the classes.
    """
    rows = -(-len(places) // _COLUMNS)
    columns = min(len(places), _COLUMNS)
    figure = Figure(
        figsize=(columns * _PANEL_IN + 1.4, rows * (_PANEL_IN + 0.3)), layout='constrained'
    )
    panels = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    colours = _colours(len(class_names))
    for axes, (name, places_I2) in zip(panels, places.items(), strict=False):
        axes.scatter(*places_I2.T, c=colours[labels_I], s=5, lw=0)
        axes.set_title(f'{name}\nlinear probe {100 * accuracies[name]:.1f} %', fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])
    for axes in panels[len(places) :]:
        axes.set_axis_off()
    if len(class_names) <= _MOST_IN_LEGEND:
        handles = [
            Line2D([], [], ls='', marker='o', ms=5, color=colour, label=name)
            for colour, name in zip(colours, class_names, strict=True)
        ]
        figure.legend(handles=handles, loc='outside right upper', frameon=False, fontsize=8)
    return png(figure)


def drift(alignments: Mapping[str, Sequence[float | None]]) -> bytes:
    """Return a PNG of the linear CKA with the pretrained tower by layer, one line per tower.

    Args:
        alignments: Values after each block and, last, of the features, by the line's label.
    """
    figure = Figure(figsize=(6.4, 3.4), layout='constrained')
    axes = figure.subplots()
    style(axes)
    for (name, values), colour in zip(alignments.items(), (BAR, MARK), strict=False):
        blocks = [np.nan if value is None else value for value in values[:-1]]
        axes.plot(range(1, len(blocks) + 1), blocks, 'o-', ms=4, color=colour, label=name)
        if values[-1] is not None:
            axes.axhline(values[-1], color=colour, lw=1.0, ls='--')
    num_blocks = max(len(values) for values in alignments.values()) - 1
    axes.set_xticks(range(1, num_blocks + 1, max(1, num_blocks // 10)))
    axes.set_ylim(0.0, 1.02)
    axes.set_xlabel('after block')
    axes.set_ylabel('linear CKA')
    axes.set_title('dashed: the features that the projector reads', fontsize=9, color=INK)
    axes.legend(frameon=False, fontsize=8, loc='lower left')
    return png(figure)


def _colours(num_classes: int) -> NDArray[np.float64]:
    """Return a colour for each class, clearly distinct ones for up to 20 classes."""
    for name, number in (('tab10', 10), ('tab20', 20)):
        if num_classes <= number:
            return np.asarray(colormaps[name](np.arange(num_classes)))
    return np.asarray(colormaps['gist_rainbow'](np.linspace(0.0, 1.0, num_classes)))
