# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Losses and token accuracy by data set, summed over steps and processes."""

from __future__ import annotations

from collections.abc import Sequence

from accelerate import Accelerator
import torch
from torch import Tensor

from genvla_policy.models.vla import Loss

_SUMS = ('loss', 'tokens', 'correct', 'samples')


class Metrics:
    """Sums of one process since the last report.

    Attributes:
        datasets: Names of the data sets, in the order of the sums.
    """

    def __init__(self, datasets: Sequence[str], device: torch.device) -> None:
        """Start with sums of zero."""
        self.datasets = tuple(datasets)
        self._index = {name: index for index, name in enumerate(self.datasets)}
        self._sums = torch.zeros(len(self.datasets), len(_SUMS), device=device)
        self._others = torch.zeros(4, device=device)  # steps, loss, flow, skipped

    def add(self, loss: Loss, datasets: Sequence[str]) -> None:
        """Add the samples of one forward pass.

        Args:
            loss: Their losses.
            datasets: Name of each sample's data set.
        """
        rows = torch.tensor([self._index[name] for name in datasets], device=self._sums.device)
        ones = torch.ones_like(loss.language_sums_B)
        each = torch.stack(
            [loss.language_sums_B, loss.num_targets_B, loss.num_correct_B, ones], dim=1
        )
        self._sums.index_add_(0, rows, each.float())

    def add_step(self, total: Tensor, flow: Tensor, num_skipped: int) -> None:
        """Add the totals of a whole step."""
        self._others += torch.stack(
            [torch.ones_like(total), total, flow, torch.full_like(total, num_skipped)]
        ).detach()

    def report(self, accelerator: Accelerator, prefix: str = '') -> dict[str, float]:
        """Return the means over all processes by name, and reset the sums."""
        sums = accelerator.reduce(self._sums, 'sum')
        others = accelerator.reduce(self._others, 'sum')
        self._sums = torch.zeros_like(self._sums)
        self._others = torch.zeros_like(self._others)
        report = {}
        for name, (loss, tokens, correct, samples) in zip(
            self.datasets, sums.tolist(), strict=True
        ):
            if tokens:
                report[f'{prefix}{name}/loss'] = loss / tokens
                report[f'{prefix}{name}/token_accuracy'] = correct / tokens
            if samples:
                report[f'{prefix}{name}/samples'] = samples
        steps, total, flow, skipped = others.tolist()
        if steps:
            report[f'{prefix}loss'] = total / steps
            if flow:
                report[f'{prefix}flow_loss'] = flow / steps
            report[f'{prefix}bad_items_skipped'] = skipped
        return report
