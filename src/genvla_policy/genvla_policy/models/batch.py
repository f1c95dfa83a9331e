# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Training data of a model: samples, and a padded batch of them.

Shape suffixes: B samples, N images per sample, C channels, S image side, T text tokens, H horizon,
A action dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Sample:
    """One training sample: images, a text with tokens to predict, and actions.

    Attributes:
        pixels_NCSS: Images in [-1, 1]; at most as many as the model has cameras.
        token_ids: The text, <bos> first. Everything before the first target is the prompt.
        is_target: Per token: whether the model has to predict it. Same length as token_ids.
        actions_HA: Normalised actions that a flow head has to predict. None: this is not robot
            data, or the text contains the actions.
        is_hidden: Per token: whether it is hidden from the model while the model predicts the
            tokens after it. Empty: no token is hidden.
        num_given: Number of tokens before the first target that belong to the answer, not to the
            prompt.
        num_actions: Number of recorded actions. Those after them lie past the end of the episode,
            and no flow head learns them. None: all were recorded.
    """

    pixels_NCSS: Tensor
    token_ids: Sequence[int]
    is_target: Sequence[bool]
    actions_HA: Tensor | None = None
    is_hidden: Sequence[bool] = ()
    num_actions: int | None = None
    num_given: int = 0

    def __post_init__(self) -> None:
        """Reject marks that are not one per token, and arrays in place of tensors."""
        marks = {'target': self.is_target, 'hidden': self.is_hidden or self.is_target}
        for kind, each in marks.items():
            if len(each) != len(self.token_ids):
                raise ValueError(
                    f'{len(self.token_ids)} tokens but {len(each)} {kind} marks; expected one '
                    'per token'
                )
        for name, value in (('pixels_NCSS', self.pixels_NCSS), ('actions_HA', self.actions_HA)):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f'{name} is a {type(value).__name__}, expected a torch.Tensor (see '
                    'torch.from_numpy)'
                )

    @classmethod
    def of_answer(
        cls,
        pixels_NCSS: Tensor,
        prompt_ids: Sequence[int],
        answer_ids: Sequence[int],
        *,
        num_given: int = 0,
    ) -> Sample:
        """Return the sample of an answer to a prompt (which has <bos>).

        Args:
            pixels_NCSS: As in Sample.
            prompt_ids: Tokens of the prompt.
            answer_ids: Tokens of the answer.
            num_given: Number of leading tokens of the answer that are given.
        """
        num_read = len(prompt_ids) + num_given
        is_target = [False] * num_read + [True] * (len(answer_ids) - num_given)
        return cls(pixels_NCSS, [*prompt_ids, *answer_ids], is_target, num_given=num_given)

    @property
    def prompt_ids(self) -> Sequence[int]:
        """Tokens of the prompt, with <bos>: all tokens before the answer."""
        num_read = self.is_target.index(True) if any(self.is_target) else len(self.token_ids)
        return self.token_ids[: num_read - self.num_given]


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples as tensors, padded on the right.

    Attributes:
        pixels_BNCSS: Images in [-1, 1]; zeros where a sample has fewer.
        has_image_BN: Which images exist.
        token_ids_BT: Texts, <bos> first.
        is_token_BT: False at padding.
        is_target_BT: Tokens to predict.
        is_hidden_BT: Tokens that are hidden from the model.
        actions_BHA: Normalised actions; zeros where a sample has none.
        has_actions_B: Which samples have actions.
        is_action_BH: Which actions were recorded.
        is_given_BT: Tokens of an answer that are given.
    """

    pixels_BNCSS: Tensor
    has_image_BN: Tensor
    token_ids_BT: Tensor
    is_token_BT: Tensor
    is_target_BT: Tensor
    is_hidden_BT: Tensor
    actions_BHA: Tensor
    has_actions_B: Tensor
    is_action_BH: Tensor
    is_given_BT: Tensor

    @classmethod
    def collate(
        cls, samples: Sequence[Sample], *, num_cameras: int, horizon: int, action_dim: int
    ) -> Batch:
        """Pad samples and put them into one batch.

        Raises:
            ValueError: There is no sample, or one has more images than the model has cameras or
                actions of another shape; the message names the sample.
        """
        if not samples:
            raise ValueError('a batch needs at least one sample, got none')
        size = samples[0].pixels_NCSS.shape[-1]
        length = max(len(sample.token_ids) for sample in samples)
        num = len(samples)
        batch = cls(
            torch.zeros(num, num_cameras, 3, size, size),
            torch.zeros(num, num_cameras, dtype=torch.bool),
            torch.zeros(num, length, dtype=torch.long),
            torch.zeros(num, length, dtype=torch.bool),
            torch.zeros(num, length, dtype=torch.bool),
            torch.zeros(num, length, dtype=torch.bool),
            torch.zeros(num, horizon, action_dim),
            torch.zeros(num, dtype=torch.bool),
            torch.zeros(num, horizon, dtype=torch.bool),
            torch.zeros(num, length, dtype=torch.bool),
        )
        for row, sample in enumerate(samples):
            batch._fill(row, sample)
        return batch

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on a device."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in vars(self).values()))

    @property
    def lengths_B(self) -> Tensor:
        """Number of tokens in each text."""
        return self.is_token_BT.sum(1)

    def __getitem__(self, rows: slice | Sequence[int]) -> Batch:
        """Return some of the samples, padded to the longest text among them."""
        longest = int(self.lengths_B[rows].max())
        return Batch(
            **{
                name: tensor[rows][:, :longest] if name.endswith('_BT') else tensor[rows]
                for name, tensor in vars(self).items()
            }
        )

    def __len__(self) -> int:
        """Return the number of samples B."""
        return len(self.token_ids_BT)

    def _fill(self, row: int, sample: Sample) -> None:
        num_images, num_tokens = len(sample.pixels_NCSS), len(sample.token_ids)
        expected = self.pixels_BNCSS.shape[1:]
        if num_images > expected[0] or sample.pixels_NCSS.shape[1:] != expected[1:]:
            raise ValueError(
                f'sample {row}: pixels_NCSS has shape {tuple(sample.pixels_NCSS.shape)}, '
                f'expected at most {tuple(expected)}'
            )
        self.pixels_BNCSS[row, :num_images] = sample.pixels_NCSS
        self.has_image_BN[row, :num_images] = True
        self.token_ids_BT[row, :num_tokens] = torch.tensor(sample.token_ids)
        self.is_token_BT[row, :num_tokens] = True
        self.is_target_BT[row, :num_tokens] = torch.tensor(sample.is_target)
        if sample.num_given:
            first = list(sample.is_target).index(True)
            self.is_given_BT[row, first - sample.num_given : first] = True
        if sample.is_hidden:
            self.is_hidden_BT[row, :num_tokens] = torch.tensor(sample.is_hidden)
        if sample.actions_HA is not None:
            expected = self.actions_BHA.shape[1:]
            if sample.actions_HA.shape != expected:
                raise ValueError(
                    f'sample {row}: actions_HA has shape {tuple(sample.actions_HA.shape)}, '
                    f'expected {tuple(expected)}'
                )
            self.actions_BHA[row] = sample.actions_HA
            self.has_actions_B[row] = True
            self.is_action_BH[row, : sample.num_actions] = True


def pieces_of(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Return which samples of a batch to read together: those of similar length.

    The longest are first, so that a step that does not fit into memory fails at once.

    Args:
        lengths: Number of tokens of each sample.
        size: Number of samples in a piece; 0: all samples in one piece, in their order.
    """
    if not 0 < size < len(lengths):
        return [list(range(len(lengths)))]
    rows = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [rows[first : first + size] for first in range(0, len(rows), size)]
