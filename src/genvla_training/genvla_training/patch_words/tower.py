# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A vision tower in training, and the language model that will read its features.

Shape suffixes: B pictures, P patches, W words, D width of the language model, K numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import CheckpointMismatch, save_checkpoint
from genvla_policy.checkpoint.loading import load_model
from genvla_policy.checkpoint.model_card import model_card
from genvla_policy.models.build import build_model
from genvla_policy.models.openvla import OpenVLA
from genvla_policy.models.pi0 import Pi0
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.vla import VLA
from genvla_training.patch_words.patch_labels import (
    FROM_GRIPPER,
    NUM_NUMBERS,
    SCALE_K,
    THING,
    TIP,
    TURN,
    YAW,
    PatchBatch,
)
from genvla_training.synthetic.patches import WORDS

_NUM_BEHIND = 2
"""Number of background words: table and floor, the last of WORDS."""
_BEHIND_WEIGHT = 0.25
"""Weight of a background patch relative to one with an object; most patches are background."""
_LOGIT_SCALE = 12.0
_CONTENT_HEADS = 2
"""Number of heads per layer that match content; the others can learn positions."""
_SCALE = 1.4
"""Scale of these heads' projections: matching normalised states score about 7 before softmax."""
_STD = 0.02


class Tower:
    """A vision tower in training, with a head that predicts numbers."""

    def __init__(self, *, learning_rate: float, seed: int, init: Path | None = None) -> None:
        """Draw the weights, or load pretrained ones.

        Args:
            learning_rate: Highest learning rate.
            seed: Seed of the weights; also set in torch.
            init: Checkpoint of a model with pretrained parts; only its new parts are trained.
                None: a tiny tower with random weights.

        Raises:
            CheckpointMismatch: `init` is not a checkpoint, or has no new parts.
        """
        torch.manual_seed(seed)
        if init is None:
            self.config = system_config('pi0_s', 'tiny', name='genvla-tiny-tower')
            self.tokenizer = build_tiny_tokenizer()
            model = build_model(self.config, self.tokenizer)
            assert isinstance(model, Pi0)
            look_for_like(model, seed)
            paligemma = model.paligemma
            parts = [paligemma.vision_tower, paligemma.multi_modal_projector]
        else:
            checkpoint, model = load_model(init, device='cpu', dtype='float32')
            self.config, self.tokenizer = checkpoint.config, checkpoint.tokenizer
            parts = list(model.requires_grad_(False).new_parts.values())
            if not parts:
                raise CheckpointMismatch(
                    f'every part of {init} is pretrained, so nothing would be trained'
                )
        self.model: VLA = model
        self._words_WD = self._embed(WORDS)
        self._head = nn.Linear(self.config.dimensions.text.width, NUM_NUMBERS)
        self._parameters = [
            parameter.requires_grad_(True)
            for part in (*parts, self._head)
            for parameter in part.parameters()
        ]
        self._learning_rate = learning_rate
        self._optimizer = torch.optim.AdamW(
            self._parameters, lr=learning_rate, betas=(0.9, 0.95), weight_decay=0.01
        )

    def step(self, batch: PatchBatch, *, rate: float = 1.0) -> tuple[float, float]:
        """Take one optimizer step.

        Args:
            batch: Pictures with labels.
            rate: Learning rate, as a share of the highest.

        Returns:
            The losses of words and of numbers.
        """
        for group in self._optimizer.param_groups:
            group['lr'] = self._learning_rate * rate
        words, numbers = self._losses(batch)
        self._optimizer.zero_grad()
        (words + numbers).backward()  # type: ignore[no-untyped-call]  # untyped in torch
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        return words.item(), numbers.item()

    @torch.inference_mode()
    def validate(self, batch: PatchBatch) -> dict[str, float]:
        """Return the accuracy of words and the errors of numbers; NaN for what the batch lacks.

        Args:
            batch: Pictures that were not used in training.
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

    @torch.no_grad()
    def match_scale(self, batch: PatchBatch) -> None:
        """Scale image tokens to the size of words if a pretrained language model reads both.

        The training compares only directions. A language model cannot read tokens of another size
        (SmolLM2's embedding has a standard deviation of 0.14).

        Args:
            batch: Pictures used to measure the size.
        """
        if isinstance(self.model, OpenVLA):
            size = self._features(batch).square().mean().sqrt()
            last = self.model.projector.fc3
            for weight in (last.weight, last.bias):
                weight.mul_(self._words_WD.square().mean().sqrt() / size)

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
                weights=(
                    'The features of each image patch are close to the words for what it shows; '
                    'nothing else is trained.'
                ),
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
        """Return the scaled similarity of each patch to each word embedding, (B, P, W)."""
        words_WD = functional.normalize(self._words_WD, dim=-1)
        return functional.normalize(features_BPD, dim=-1) @ words_WD.T * _LOGIT_SCALE

    @torch.no_grad()
    def _embed(self, words: Sequence[str]) -> Tensor:
        """Return the embedding of each word, (W, D): the mean over its tokens."""
        ids = [torch.tensor(self.tokenizer.encode(f' {word}')) for word in words]
        return torch.stack([self.model.embedding(each).mean(dim=0) for each in ids])


def look_for_like(model: Pi0, seed: int) -> None:
    """Initialise some heads of every layer with the same projection for queries and keys.

    A word then attends to the patches that resemble it, from the first step. The heads share the
    projection only in the slow half of the rotary frequencies. In the fast half, each token would
    find only itself.

    Args:
        model: Model whose language model is changed in place.
        seed: Seed of the projections.

    Source: Trockman and Kolter, Mimetic initialization of self-attention layers (ICML 2023).
    """
    random = torch.Generator().manual_seed(seed)
    for layer in model.paligemma.language_model.layers:
        query, key = layer.self_attn.q_proj.weight, layer.self_attn.k_proj.weight
        head_dim = layer.self_attn.head_dim
        slow = torch.arange(head_dim // 4, head_dim // 2)
        rows = torch.cat([slow, slow + head_dim // 2])
        with torch.no_grad():
            nn.init.normal_(query, std=_STD, generator=random)
            nn.init.normal_(key, std=_STD, generator=random)
            alike = torch.empty(len(rows), key.shape[1])
            nn.init.orthogonal_(alike, generator=random)
            key[rows] = _SCALE * alike
            for head in range(min(_CONTENT_HEADS, len(query) // head_dim)):
                query[head * head_dim + rows] = _SCALE * alike
