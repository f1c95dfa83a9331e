# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Shows pictures to vision towers, batch by batch; only one vector for each picture is kept.

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
"""Whose it is ("checkpoint", "before"), and its name."""


@dataclass(frozen=True)
class Comparison:
    """A trained tower and what it was before.

    Attributes:
        trained: The tower.
        pretrained: The tower that it is compared with.
    """

    trained: Tower
    pretrained: Tower


@dataclass(frozen=True, eq=False)
class Seen:
    """What towers made of pictures.

    Attributes:
        features: (I, F) of every tower, and of both of a checkpoint side by side.
        drift: By comparison: linear CKA after each block and, last, of the features.
        data_sha256: Of the pictures and their labels, in the order in which they were shown.
    """

    features: Mapping[Tower, Features]
    drift: Mapping[Comparison, list[float | None]]
    data_sha256: str


def comparisons(towers: Mapping[str, Towers]) -> list[Comparison]:
    """Say which trained towers can be compared with what they were.

    With a checkpoint from before training: each tower with its namesake there. Without one: the
    trained half of pi0's dual encoder with the frozen half, which it was a copy of. OpenVLA's two
    halves are different networks.

    Args:
        towers: "checkpoint" and, if given, "before".

    Raises:
        ValueError: They are of different families or image sizes.
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
            f'{checkpoint.path} is of family {ours[0]} and sees {ours[1]} px, {before.path} is of '
            f'family {theirs[0]} and sees {theirs[1]} px; --before is the checkpoint that '
            'training began with'
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
    """Show pictures to all towers; shows progress on a terminal.

    Args:
        images: Where the pictures are from.
        chosen: Their numbers.
        towers: By whose they are; see comparisons().
        batch_size: Pictures at a time.

    Raises:
        BadPicture: A picture cannot be read.
        ValueError: As comparisons(), or two towers that are to be compared differ in depth.
    """
    compared = comparisons(towers)
    kept: dict[Tower, list[Features]] = {}
    alignments: dict[Comparison, list[LinearCka]] = {}
    digest = hashlib.sha256()
    with tqdm(total=len(chosen), desc=images.name, unit='picture', disable=None) as bar:
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
    """Return what every layer of every tower makes of a batch."""
    layers = {}
    for whose, each in towers.items():
        pixels_NCSS = each.pixels(pictures)
        for name, tower in each.by_name.items():
            of_layers = features_by_layer(tower, pixels_NCSS)
            layers[whose, name] = [layer_NF.cpu().numpy() for layer_NF in of_layers]
    return layers


def _with_both(features: Mapping[Tower, Features]) -> dict[Tower, Features]:
    """Put the two towers of a checkpoint side by side too, as the projector reads them."""
    found = dict(features)
    for whose in dict.fromkeys(whose for whose, _ in features):
        own = [each for tower, each in features.items() if tower[0] == whose]
        if len(own) > 1:
            found[whose, BOTH] = np.concatenate(own, axis=1)
    return found
