# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run pictures through vision towers, batch by batch, keeping one vector per picture.

Shape suffixes: I pictures, N pictures of a batch, F features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import hashlib

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from genvla_eval.probe.cka import LinearCka
from genvla_eval.probe.labelled_images import LabelledImages
from genvla_eval.probe.towers import Towers
from genvla_policy.models.tower_features import features_by_layer

Features = NDArray[np.float32]
BOTH = 'both'
Tower = tuple[str, str]
"""Checkpoint ("checkpoint" or "before") and name of a tower."""


@dataclass(frozen=True)
class Comparison:
    """A trained tower and its earlier state.

    Attributes:
        trained: The trained tower.
        pretrained: The tower to compare it with.
    """

    trained: Tower
    pretrained: Tower


@dataclass(frozen=True, eq=False)
class Seen:
    """Features of the pictures.

    Attributes:
        features: (I, F) of every tower, and of both towers of a checkpoint side by side.
        drift: For each comparison: linear CKA after each block and, last, of the features.
        data_sha256: Hash of the pictures and their labels, in the order of processing.
    """

    features: Mapping[Tower, Features]
    drift: Mapping[Comparison, list[float | None]]
    data_sha256: str


def comparisons(towers: Mapping[str, Towers]) -> list[Comparison]:
    """Return the trained towers that can be compared with their earlier state.

    With a checkpoint from before training, each tower is compared with the tower of the same name
    there. Without one, the trained half of pi0's dual encoder is compared with the frozen half,
    from which it was copied. OpenVLA's two halves are different networks.

    Args:
        towers: "checkpoint" and, optionally, "before".

    Raises:
        ValueError: The checkpoints differ in family or image size.
    """
    checkpoint, before = towers['checkpoint'], towers.get('before')
    if before is None:
        if checkpoint.family == 'pi0' and checkpoint.frozen:
            frozen = 'checkpoint', checkpoint.frozen
            return [Comparison(('checkpoint', name), frozen) for name in checkpoint.trained]
        return []
    ours, theirs = ((each.family, each.picture_fit.size) for each in (checkpoint, before))
    if ours != theirs:
        raise ValueError(
            f'{checkpoint.path} has family {ours[0]} and images of {ours[1]} px, but '
            f'{before.path} has family {theirs[0]} and images of {theirs[1]} px; set --before to '
            'the checkpoint from which training started'
        )
    return [
        Comparison(('checkpoint', name), ('before', name))
        for name in checkpoint.trained
        if name in before.by_name
    ]


def show(
    images: LabelledImages,
    chosen: Sequence[int],
    towers: Mapping[str, Towers],
    *,
    batch_size: int,
) -> Seen:
    """Run pictures through all towers, with a progress bar on a terminal.

    Args:
        images: Source of the pictures.
        chosen: Numbers of the pictures.
        towers: Towers by checkpoint; see comparisons().
        batch_size: Number of pictures per batch.

    Raises:
        BadPicture: A picture cannot be read.
        ValueError: As for comparisons(), or two towers to compare differ in depth.
    """
    compared = comparisons(towers)
    kept: dict[Tower, list[Features]] = {}
    alignments: dict[Comparison, list[LinearCka]] = {}
    digest = hashlib.sha256()
    with tqdm(total=len(chosen), desc=images.name, unit='image', disable=None) as bar:
        for first in range(0, len(chosen), batch_size):
            numbers = chosen[first : first + batch_size]
            pictures = [images.read(index) for index in numbers]
            for number, picture in zip(numbers, pictures, strict=True):
                digest.update(f'{images.labels_I[number]} {picture.shape} '.encode())
                digest.update(picture.tobytes())
            layers = _layers(towers, pictures)
            for tower, of_layers in layers.items():
                kept.setdefault(tower, []).append(of_layers[-1])
            for each in compared:
                pairs = list(zip(layers[each.trained], layers[each.pretrained], strict=True))
                if each not in alignments:
                    alignments[each] = [LinearCka(x.shape[1], y.shape[1]) for x, y in pairs]
                for alignment, (x_NF, y_NF) in zip(alignments[each], pairs, strict=True):
                    alignment.add(x_NF, y_NF)
            bar.update(len(numbers))
    return Seen(
        features=_with_both({tower: np.concatenate(each) for tower, each in kept.items()}),
        drift={each: [layer.value() for layer in of] for each, of in alignments.items()},
        data_sha256=digest.hexdigest(),
    )


def _layers(
    towers: Mapping[str, Towers], pictures: Sequence[NDArray[np.uint8]]
) -> dict[Tower, list[Features]]:
    """Return the features of every layer of every tower for a batch."""
    layers = {}
    for whose, each in towers.items():
        pixels_NCSS = each.pixels(pictures)
        for name, tower in each.by_name.items():
            of_layers = features_by_layer(tower, pixels_NCSS)
            layers[whose, name] = [layer_NF.cpu().numpy() for layer_NF in of_layers]
    return layers


def _with_both(features: Mapping[Tower, Features]) -> dict[Tower, Features]:
    """Add both towers of a checkpoint side by side, as the projector reads them."""
    found = dict(features)
    for whose in dict.fromkeys(whose for whose, _ in features):
        own = [each for tower, each in features.items() if tower[0] == whose]
        if len(own) > 1:
            found[whose, BOTH] = np.concatenate(own, axis=1)
    return found
