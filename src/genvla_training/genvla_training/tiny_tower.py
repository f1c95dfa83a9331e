# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The first stage of the tiny model: a vision tower learns what each patch of a picture shows.

    python -m genvla_training.tiny_tower runs/training/tiny_tower --data data/vl/vl.json

It stands in for SigLIP's pretraining, which a model of this size cannot have. Each patch is pulled
to the word embedding of what it shows, so that the language model finds words where the picture
has things; a linear head, thrown away at the end, has it know where the thing and the gripper are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm
import tyro

from genvla_policy.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint import save_checkpoint
from genvla_policy.image_resize import resize_image
from genvla_policy.model_card import model_card
from genvla_policy.models.build import build_model
from genvla_policy.models.pi0 import Pi0
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.whole_folder import whole_folder
from genvla_training.data.picture_bytes import decode_picture
from genvla_training.data.robot_samples import to_pixels
from genvla_training.synthetic.patches import NUM_PATCHES, WORDS

_NUM_NUMBERS = 11
"""Where the patch is (2), its thing from there (2) and from the gripper (3), its turn (2), the
gripper's tip from there (2)."""
_SCALE = np.array([1, 1, 4, 4, 5, 5, 5, 1, 1, 4, 4], np.float32)
"""Brings the numbers to about one; from [picture widths], [m] and [1]."""
_BEHIND_WEIGHT = 0.25
"""What a patch of table or floor counts beside one with a thing: most are."""
_LOGIT_SCALE = 6.0
_HELD_OUT = 256


@dataclass(frozen=True)
class TowerOptions:
    """A tiny vision tower."""

    out: tyro.conf.Positional[Path]
    """Checkpoint folder to write; its language model is untrained."""
    data: Path = Path('data/vl/vl.json')
    """Of make_vl."""
    steps: int = 1200
    """Of training."""
    batch_size: int = 64
    """Pictures of a step."""
    learning_rate: float = 1e-3
    """At its highest."""
    seed: int = 0
    """Decides weights and order."""


@dataclass(frozen=True, eq=False)
class Patches:
    """Pictures with labels for each patch.

    Shape suffixes: B pictures, P patches, K numbers.
    """

    pixels_BCSS: Tensor  # noqa: N815 - shape suffix
    words_BP: Tensor  # noqa: N815
    numbers_BPK: Tensor  # noqa: N815
    is_known_BPK: Tensor  # noqa: N815


def train_tower(options: TowerOptions) -> dict[str, float]:
    """Train, and write the checkpoint.

    Returns:
        Accuracy of words and mean error of places [picture widths] on held-out pictures.
    """
    entries = json.loads(options.data.read_text(encoding='utf-8'))
    torch.manual_seed(options.seed)
    config = system_config('pi0_s', 'tiny', name='genvla-tiny-tower')
    tokenizer = build_tiny_tokenizer()
    model = build_model(config, tokenizer)
    if not isinstance(model, Pi0):
        raise TypeError('the tiny tower is of family pi0')
    look_for_like(model)
    word_ids = torch.tensor([tokenizer.encode(f' {word}')[0] for word in WORDS])
    head = nn.Linear(config.dimensions.text.width, _NUM_NUMBERS)
    tower = [model.paligemma.vision_tower, model.paligemma.multi_modal_projector, head]
    parameters = [p for part in tower for p in part.parameters()]
    optimizer = torch.optim.AdamW(
        parameters, lr=options.learning_rate, betas=(0.9, 0.95), weight_decay=0.01
    )
    pictures = _Pictures(entries[_HELD_OUT:], options.data.parent, config.image_size)
    bar = tqdm(pictures.batches(options), total=options.steps, unit='step')
    for step, batch in enumerate(bar):
        rate = min(1.0, (step + 1) / 50) * (0.55 + 0.45 * math.cos(math.pi * step / options.steps))
        for group in optimizer.param_groups:
            group['lr'] = options.learning_rate * rate
        words, numbers, _ = _read(model, head, word_ids, batch)
        loss = words + numbers
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        bar.set_postfix_str(f'words {words.item():.3f}, places {numbers.item():.3f}')
    held_out = _Pictures(entries[:_HELD_OUT], options.data.parent, config.image_size)
    report = _examine(model.eval(), head, word_ids, held_out.batch(range(len(held_out))))
    with whole_folder(options.out) as folder:
        save_checkpoint(
            folder,
            config=config,
            weights=model.state_dict(),
            tokenizer=tokenizer,
            statistics=BRIDGE_STATISTICS,
            card=model_card(
                config,
                num_parameters=model.num_parameters,
                weights='A trained vision tower under an untrained language model.',
            ),
        )
    return report


def look_for_like(model: Pi0) -> None:
    """Begin with attention that looks for tokens like the one that asks.

    Queries and keys of each head are the same projection, so what is alike attends to each other.
    Source: Trockman and Kolter, Mimetic initialization of self-attention layers (ICML 2023).
    """
    for layer in model.paligemma.language_model.layers:
        attention = layer.self_attn
        key = attention.k_proj.weight
        nn.init.orthogonal_(key)
        groups = attention.q_proj.weight.shape[0] // key.shape[0]
        with torch.no_grad():
            attention.q_proj.weight.copy_(key.repeat(groups, 1))
            attention.q_proj.weight.add_(0.02 * torch.randn_like(attention.q_proj.weight))


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = tyro.cli(TowerOptions, args=args, description=__doc__)
    for name, value in train_tower(options).items():
        print(f'{name:24} {value:.3f}')


class _Pictures:
    """Entries of make_vl's JSON; pictures are decoded once and kept, 50 KB each."""

    def __init__(self, entries: Sequence[Mapping[str, Any]], folder: Path, size: int) -> None:
        self._entries, self._folder, self._size = entries, folder, size
        self._images: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def batches(self, options: TowerOptions) -> Iterator[Patches]:
        rng = np.random.default_rng(options.seed)
        order: list[int] = []
        for _ in range(options.steps):
            if len(order) < options.batch_size:
                order = rng.permutation(len(self)).tolist()
            yield self.batch([order.pop() for _ in range(options.batch_size)])

    def batch(self, indices: Sequence[int]) -> Patches:
        labels = [_labels(self._entries[index]) for index in indices]
        words, numbers, known = (np.stack(part) for part in zip(*labels, strict=True))
        return Patches(
            torch.stack([to_pixels(self._image(index)) for index in indices]),
            torch.from_numpy(words),
            torch.from_numpy(numbers),
            torch.from_numpy(known),
        )

    def _image(self, index: int) -> np.ndarray:
        if index not in self._images:
            path = self._folder / self._entries[index]['image']
            image = decode_picture(path.read_bytes(), source=str(path))
            self._images[index] = resize_image(image, self._size)
        return self._images[index]


def _labels(entry: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return words (P,), numbers (P, K) and which of these are known (P, K)."""
    words = np.array([WORDS.index(word) for word in entry['patches']])
    middles = (np.arange(NUM_PATCHES) + 0.5) / NUM_PATCHES
    place = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    numbers = np.zeros((len(words), _NUM_NUMBERS), np.float32)
    known = np.zeros((len(words), _NUM_NUMBERS), bool)
    numbers[:, :2], known[:, :2] = place, True
    for name, thing in entry['objects'].items():
        shows = words == WORDS.index(name.rpartition('_')[2])
        numbers[shows, 2:4] = np.array(thing['point']) - place[shows]
        numbers[shows, 4:7] = thing['from_gripper_m']
        # Half a turn brings a thing back to itself.
        angle = 2.0 * thing['turn_rad']
        numbers[shows, 7:9] = math.cos(angle), math.sin(angle)
        known[shows, 2:9] = True
    shows = words == WORDS.index('gripper')
    numbers[shows, 9:11] = np.array(entry['gripper']['point']) - place[shows]
    known[shows, 9:11] = True
    return words, numbers * _SCALE, known


def _read(
    model: Pi0, head: nn.Linear, word_ids: Tensor, batch: Patches
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the loss of words, the loss of numbers, and the words' logits (B, P, words)."""
    with torch.autocast('cpu', torch.bfloat16):
        features_BPD = model.image_features(batch.pixels_BCSS)
    features_BPD = features_BPD.float()
    directions = functional.normalize(model.embedding(word_ids).detach(), dim=-1)
    logits = functional.normalize(features_BPD, dim=-1) @ directions.T * _LOGIT_SCALE * 2
    weight = torch.ones(len(WORDS))
    weight[-2:] = _BEHIND_WEIGHT
    words = functional.cross_entropy(logits.flatten(0, 1), batch.words_BP.flatten(), weight)
    errors = functional.smooth_l1_loss(
        head(features_BPD), batch.numbers_BPK, reduction='none', beta=0.1
    )
    return words, errors[batch.is_known_BPK].mean(), logits


@torch.inference_mode()
def _examine(model: Pi0, head: nn.Linear, word_ids: Tensor, batch: Patches) -> dict[str, float]:
    _, _, logits = _read(model, head, word_ids, batch)
    right = logits.argmax(-1) == batch.words_BP
    is_thing = batch.words_BP < len(WORDS) - 2
    off = (head(model.image_features(batch.pixels_BCSS)) - batch.numbers_BPK).abs()
    off = off / torch.from_numpy(_SCALE)
    known = batch.is_known_BPK
    return {
        'word accuracy (things)': float(right[is_thing].float().mean()),
        'word accuracy': float(right.float().mean()),
        'thing off [widths]': float(off[..., 2:4][known[..., 2:4]].mean()),
        'from gripper off [m]': float(off[..., 4:7][known[..., 4:7]].mean()),
        'tip off [widths]': float(off[..., 9:11][known[..., 9:11]].mean()),
    }


if __name__ == '__main__':
    main()
