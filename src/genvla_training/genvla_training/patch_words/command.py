# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The first stage of a model: each patch of a picture learns the word for what it shows.

    genvla train words runs/training/tiny_words
    genvla train words runs/training/small_words --init BASE --steps 500 --batch-size 48

Each patch is pulled to the word embedding of what it shows, so that the language model finds words
where the picture has things; a linear head, thrown away at the end, has it know where the thing
and the gripper are. For the tiny model this stands in for the pretraining of its vision tower,
which a model of this size cannot have; with --init, the new parts of a pretrained model learn it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm
import tyro

from genvla_command.command_line import check_at_least, ends_with_a_sentence, parse
from genvla_command.kept_settings import USER_ERRORS
from genvla_command.whole_folder import whole_folder
from genvla_training.data.episode import BadData
from genvla_training.data.mixture import StreamOptions
from genvla_training.patch_words.patch_labels import PatchPictures, read_entries
from genvla_training.patch_words.tower import Tower
from genvla_training.run.config import ValidationOptions
from genvla_training.run.data_sets import split

_MOST_ASKED = 256
"""Of the pictures that are held out."""
_WARMUP_STEPS = 50
_LAST_RATE = 0.1
"""Learning rate at the end, as a share of the highest."""


@dataclass(frozen=True)
class TowerOptions:
    """What learns, and from what."""

    out: tyro.conf.Positional[Path]
    """Checkpoint folder to write; its language model is untrained."""
    init: Path | None = None
    """Checkpoint with pretrained parts; its new ones are trained, such as the small model's
    projector. By default a new tiny tower."""
    data: Path = Path('data/vl/vl.json')
    """File that make_vl has written."""
    steps: int = 4000
    """Training steps."""
    batch_size: int = 64
    """Pictures of a step."""
    learning_rate: float = 1e-3
    """Learning rate at its highest."""
    seed: int = 0
    """Decides the weights and the order of the pictures."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        check_at_least(1, steps=self.steps, batch_size=self.batch_size)
        check_at_least(0, seed=self.seed, learning_rate=self.learning_rate)


def train_tower(options: TowerOptions) -> dict[str, float]:
    """Train, and write the checkpoint.

    Returns:
        What Tower.validate() returns for pictures that are held out.

    Raises:
        BadData: The data is missing, damaged, not of make_vl, or has fewer pictures than a batch.
        FileExistsError: The folder is there already.
        OSError: It cannot be written.
    """
    if options.out.exists():
        raise FileExistsError(f'{options.out} is there already; delete it or name another folder')
    entries = read_entries(options.data)
    trained, held_out = _parted(entries)
    if len(trained) < options.batch_size:
        raise BadData(
            f'{options.data} has {len(entries)} pictures and {len(held_out)} of them held out: '
            f'too few for batches of {options.batch_size}; draw more, or set --batch-size'
        )
    # Opened before training: afterwards is too late to learn that it cannot be written.
    with whole_folder(options.out) as folder:
        tower = Tower(learning_rate=options.learning_rate, seed=options.seed, init=options.init)
        fit, images = tower.config.picture_fit, options.data.parent
        _train(tower, PatchPictures(trained, images, fit=fit), options)
        asked = held_out[:_MOST_ASKED]
        batch = PatchPictures(asked, images, fit=fit).batch(range(len(asked)))
        report = tower.validate(batch)
        tower.match_scale(batch)
        tower.save(folder)
    return report


def _parted(entries: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return what is trained on and what is held out, here and in the stages after it."""
    trained, held_out = split(
        len(entries), ValidationOptions().held_out_share, seed=StreamOptions().seed
    )
    return [entries[index] for index in trained], [entries[index] for index in held_out]


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = parse(TowerOptions, args, module='genvla_training.patch_words', description=__doc__)
    with ends_with_a_sentence(*USER_ERRORS, BadData, if_stopped='nothing is kept'):
        report = train_tower(options)
    for name, value in report.items():
        print(f'{name:24} {value:.3f}')
    recipe = 'small_base' if options.init else 'tiny_base'
    print(f'next: genvla train {recipe} --model.init {options.out}')


def _train(tower: Tower, pictures: PatchPictures, options: TowerOptions) -> None:
    batches = pictures.batches(
        np.random.default_rng(options.seed), batch_size=options.batch_size, count=options.steps
    )
    bar = tqdm(batches, total=options.steps, unit='step')
    for step, batch in enumerate(bar):
        words, numbers = tower.step(batch, rate=_rate(step, options.steps))
        bar.set_postfix_str(f'words {words:.3f}, places {numbers:.3f}')


def _rate(step: int, num_steps: int) -> float:
    """A short climb over a half cosine, as a share of the highest learning rate."""
    fall = 0.5 * (1.0 + math.cos(math.pi * step / num_steps))
    return min(1.0, (step + 1) / _WARMUP_STEPS) * (_LAST_RATE + (1.0 - _LAST_RATE) * fall)
