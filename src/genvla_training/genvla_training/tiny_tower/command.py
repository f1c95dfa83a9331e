# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The first stage of the tiny model: a vision tower learns what each patch of a picture shows.

    python -m genvla_training.tiny_tower runs/training/tiny_tower --data data/vl/vl.json

It stands in for SigLIP's pretraining, which a model of this size cannot have. Each patch is pulled
to the word embedding of what it shows, so that the language model finds words where the picture
has things; a linear head, thrown away at the end, has it know where the thing and the gripper are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm
import tyro

from genvla_command.command_line import check_at_least, ends_with_a_sentence, parse
from genvla_command.kept_settings import USER_ERRORS
from genvla_command.whole_folder import whole_folder
from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import save_checkpoint
from genvla_policy.checkpoint.model_card import model_card
from genvla_policy.models.build import build_model
from genvla_policy.models.pi0 import Pi0
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.data.episode import BadData
from genvla_training.data.mixture import StreamOptions
from genvla_training.run.config import ValidationOptions
from genvla_training.run.data_sets import split
from genvla_training.synthetic.patches import WORDS
from genvla_training.tiny_tower.mimetic_attention import look_for_like
from genvla_training.tiny_tower.patch_labels import (
    FROM_GRIPPER,
    NUM_NUMBERS,
    SCALE_K,
    THING,
    TIP,
    TURN,
    YAW,
    PatchBatch,
    PatchPictures,
    read_entries,
)

_NUM_BEHIND = 2
"""Table and floor, the last of WORDS."""
_BEHIND_WEIGHT = 0.25
"""What a patch of these counts beside one with a thing: most are."""
_LOGIT_SCALE = 12.0
_MOST_ASKED = 256
"""Of the pictures that are held out."""
_WARMUP_STEPS = 50
_LAST_RATE = 0.1
"""Learning rate at the end, as a share of the highest."""


@dataclass(frozen=True)
class TowerOptions:
    """A tiny vision tower."""

    out: tyro.conf.Positional[Path]
    """Checkpoint folder to write; its language model is untrained."""
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


class Tower:
    """A vision tower in training, with the head that tells numbers.

    Shape suffixes: B pictures, P patches, W words, D width of the language model.
    """

    def __init__(self, *, learning_rate: float, seed: int) -> None:
        """Draw the weights.

        Args:
            learning_rate: At its highest.
            seed: Of the weights; sets torch's.
        """
        torch.manual_seed(seed)
        self.config = system_config('pi0_s', 'tiny', name='genvla-tiny-tower')
        self.tokenizer = build_tiny_tokenizer()
        model = build_model(self.config, self.tokenizer)
        if not isinstance(model, Pi0):
            raise TypeError('the tiny tower is of family pi0')
        self.model = model
        look_for_like(model, seed)
        self._word_ids = torch.tensor([self.tokenizer.encode(f' {word}')[0] for word in WORDS])
        self._head = nn.Linear(self.config.dimensions.text.width, NUM_NUMBERS)
        paligemma = model.paligemma
        parts = (paligemma.vision_tower, paligemma.multi_modal_projector, self._head)
        self._parameters = [p for part in parts for p in part.parameters()]
        self._learning_rate = learning_rate
        self._optimizer = torch.optim.AdamW(
            self._parameters, lr=learning_rate, betas=(0.9, 0.95), weight_decay=0.01
        )

    def step(self, batch: PatchBatch, *, rate: float = 1.0) -> tuple[float, float]:
        """Take one step.

        Args:
            batch: What is learnt from.
            rate: Learning rate, as a share of the highest.

        Returns:
            The losses of words and of numbers.
        """
        for group in self._optimizer.param_groups:
            group['lr'] = self._learning_rate * rate
        words, numbers = self._losses(batch)
        self._optimizer.zero_grad()
        (words + numbers).backward()  # type: ignore[no-untyped-call]  # torch leaves it so
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        return words.item(), numbers.item()

    @torch.inference_mode()
    def examine(self, batch: PatchBatch) -> dict[str, float]:
        """Return how often words are right and how far numbers are off; NaN for what is not there.

        Args:
            batch: Pictures that have not been learnt from.
        """
        self.model.eval()
        features_BPD = self._features(batch)
        right = self._logits(features_BPD).argmax(-1) == batch.words_BP
        is_thing = batch.words_BP < len(WORDS) - _NUM_BEHIND
        numbers_BPK = self._head(features_BPD)
        off = (numbers_BPK - batch.numbers_BPK).abs() / torch.from_numpy(SCALE_K)

        def mean_off(which: slice) -> float:
            return float(off[..., which][batch.is_known_BPK[..., which]].mean())

        def degrees_off(which: slice) -> float:
            told, right = (each[..., which] for each in (numbers_BPK, batch.numbers_BPK))
            cross = told[..., 0] * right[..., 1] - told[..., 1] * right[..., 0]
            twice = torch.atan2(cross, (told * right).sum(-1)).abs()
            return math.degrees(float(twice[batch.is_known_BPK[..., which.start]].mean()) / 2.0)

        return {
            'word accuracy (things)': float(right[is_thing].float().mean()),
            'word accuracy': float(right.float().mean()),
            'thing off [widths]': mean_off(THING),
            'from gripper off [m]': mean_off(FROM_GRIPPER),
            'tip off [widths]': mean_off(TIP),
            'turn off [deg]': degrees_off(TURN),
            'yaw off [deg]': degrees_off(YAW),
        }

    def save(self, folder: Path) -> None:
        """Write a checkpoint."""
        save_checkpoint(
            folder,
            config=self.config,
            weights=self.model.state_dict(),
            tokenizer=self.tokenizer,
            statistics=BRIDGE_STATISTICS,
            card=model_card(
                self.config,
                num_parameters=self.model.num_parameters,
                weights='A trained vision tower under an untrained language model.',
            ),
        )

    def _losses(self, batch: PatchBatch) -> tuple[Tensor, Tensor]:
        features_BPD = self._features(batch)
        weight = torch.ones(len(WORDS))
        weight[-_NUM_BEHIND:] = _BEHIND_WEIGHT
        words = functional.cross_entropy(
            self._logits(features_BPD).flatten(0, 1), batch.words_BP.flatten(), weight
        )
        errors = functional.smooth_l1_loss(
            self._head(features_BPD), batch.numbers_BPK, reduction='none', beta=0.1
        )
        return words, errors[batch.is_known_BPK].mean()

    def _features(self, batch: PatchBatch) -> Tensor:
        with torch.autocast('cpu', torch.bfloat16):
            features: Tensor = self.model.image_features(batch.pixels_BCSS)
        return features.float()

    def _logits(self, features_BPD: Tensor) -> Tensor:
        """How alike each patch and the embedding of each word are, (B, P, W)."""
        words_WD = functional.normalize(self.model.embedding(self._word_ids).detach(), dim=-1)
        return functional.normalize(features_BPD, dim=-1) @ words_WD.T * _LOGIT_SCALE


def train_tower(options: TowerOptions) -> dict[str, float]:
    """Train, and write the checkpoint.

    Returns:
        What Tower.examine() says of pictures that are held out.

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
        tower = Tower(learning_rate=options.learning_rate, seed=options.seed)
        size, images = tower.config.image_size, options.data.parent
        _train(tower, PatchPictures(trained, images, size=size), options)
        asked = held_out[:_MOST_ASKED]
        report = tower.examine(PatchPictures(asked, images, size=size).batch(range(len(asked))))
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
    options = parse(TowerOptions, args, module='genvla_training.tiny_tower', description=__doc__)
    with ends_with_a_sentence(*USER_ERRORS, BadData, if_stopped='nothing is kept'):
        report = train_tower(options)
    for name, value in report.items():
        print(f'{name:24} {value:.3f}')


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
