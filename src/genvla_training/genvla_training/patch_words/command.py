# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the first stage of a model: each image patch learns the word for its content.

    genvla train words runs/training/tiny_words
    genvla train words runs/training/small_words --init BASE --steps 500 --batch-size 48

Training pulls each patch to the word embedding of its content, so that the language model finds
words where the image has objects. A linear head, discarded at the end, teaches the patches the
positions of the object and the gripper. For the tiny model, this replaces the pretraining of the
vision tower, which does not exist at this size. With --init, only the new parts of a pretrained
model are trained.
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
"""Maximum number of held-out images in the validation."""
_WARMUP_STEPS = 50
_LAST_RATE = 0.1
"""Final learning rate as a share of the highest one."""


@dataclass(frozen=True)
class TowerOptions:
    """Model parts to train, and the data."""

    out: tyro.conf.Positional[Path]
    """Checkpoint folder to write; its language model is untrained without --init."""
    init: Path | None = None
    """Checkpoint with pretrained parts; only its new parts are trained, such as the small model's
    projector. By default, a new tiny tower is trained."""
    data: Path = Path('data/vl/vl.json')
    """JSON file written by make_vl."""
    steps: int = 4000
    """Number of training steps."""
    batch_size: int = 64
    """Number of images per step."""
    learning_rate: float = 1e-3
    """Highest learning rate."""
    seed: int = 0
    """Random seed of the weights and the order of the images."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        check_at_least(1, steps=self.steps, batch_size=self.batch_size)
        check_at_least(0, seed=self.seed, learning_rate=self.learning_rate)


def train_tower(options: TowerOptions) -> dict[str, float]:
    """Train and write the checkpoint.

    Returns:
        Result of Tower.validate() for held-out pictures.

    Raises:
        BadData: The data is missing, damaged, not from make_vl, or has fewer pictures than a
            batch.
        FileExistsError: The folder already exists.
        OSError: The folder is not writable.
    """
    if options.out.exists():
        raise FileExistsError(f'{options.out} already exists; delete it or choose another folder')
    entries = read_entries(options.data)
    trained, held_out = _parted(entries)
    if len(trained) < options.batch_size:
        raise BadData(
            f'{options.data} has {len(entries)} images, of which {len(held_out)} are held out: '
            f'too few for batches of {options.batch_size}; draw more, or lower --batch-size'
        )
    # Open the folder before training, so that a folder that is not writable fails early.
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
    """Split into training and held-out entries, in the same way as the later stages."""
    trained, held_out = split(
        len(entries), ValidationOptions().held_out_share, seed=StreamOptions().seed
    )
    return [entries[index] for index in trained], [entries[index] for index in held_out]


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(TowerOptions, args, module='genvla_training.patch_words', description=__doc__)
    with ends_with_a_sentence(*USER_ERRORS, BadData, if_stopped='nothing was saved'):
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
    """Return warmup times half-cosine decay, as a share of the highest learning rate."""
    fall = 0.5 * (1.0 + math.cos(math.pi * step / num_steps))
    return min(1.0, (step + 1) / _WARMUP_STEPS) * (_LAST_RATE + (1.0 - _LAST_RATE) * fall)
