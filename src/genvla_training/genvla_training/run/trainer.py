# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The training loop: the same for one process and many, and resumable."""

from __future__ import annotations

from collections.abc import Iterator
import math
from typing import Any

from accelerate import Accelerator
import torch
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm
from transformers import PreTrainedModel

from genvla_policy.models.batch import Batch, pieces_of
from genvla_policy.models.vla import VLA, Loss
from genvla_training.data.loader import LoadedBatch, load_batches
from genvla_training.data.order import mixed_seed
from genvla_training.run.checkpoints import Checkpoints
from genvla_training.run.config import TrainConfig
from genvla_training.run.distribution import distribute
from genvla_training.run.metrics import Metrics
from genvla_training.run.run_data import RunData
from genvla_training.run.run_folder import RunFolder
from genvla_training.run.schedule import WeightAverage, learning_rate, set_learning_rate
from genvla_training.run.start_model import StartModel
from genvla_training.run.validation import Validator


class NotFinite(FloatingPointError):
    """Loss or gradient is not finite; the message names the step and suggests a remedy."""


class Trainer:
    """Trains one model; see train() for the whole run.

    Attributes:
        step: Number of optimizer steps taken.
        model: The distributed network.
    """

    def __init__(
        self,
        config: TrainConfig,
        start: StartModel,
        data: RunData,
        accelerator: Accelerator,
        folder: RunFolder,
    ) -> None:
        """Distribute the model and load the last checkpoint, if there is one.

        Raises:
            StateUnreadable: The last checkpoint is damaged.
        """
        self._config, self._start, self._data = config, start, data
        self._accelerator, self._folder = accelerator, folder
        if config.gradient_checkpointing:
            _checkpoint_gradients(start.model)
        fit_attention(start.model, accelerator.device)
        self.model, self._optimizer = distribute(config, start, accelerator)
        self._average = None
        if config.optimizer.ema_decay:
            self._average = WeightAverage(self._trained(), config.optimizer.ema_decay)
        self._checkpoints = Checkpoints(
            folder,
            config,
            start,
            accelerator,
            model=self.model,
            optimizer=self._optimizer,
            average=self._average,
        )
        self.step = self._checkpoints.load_latest()
        self._metrics = Metrics(data.names, accelerator.device)
        self._validator = Validator(config, start, data, accelerator)

    def run(self) -> Iterator[dict[str, float]]:
        """Train to the last step, yielding the loss of every step.

        Raises:
            NotFinite: The loss or its gradient is not finite; the last checkpoint stays.
            BadData: An item cannot be read, and skip_bad is off.
        """
        config = self._config
        batches = load_batches(
            self._data.parts,
            self._start.config,
            config.data,
            step=self.step,
            rank=self._accelerator.process_index,
            num_ranks=self._accelerator.num_processes,
            num_workers=config.num_workers,
        )
        bar = tqdm(
            total=config.steps,
            initial=self.step,
            unit='step',
            disable=not self._accelerator.is_main_process,
        )
        with bar:
            while self.step < config.steps:
                cost = self._train_step(next(batches))
                self.step += 1
                bar.update()
                if self.step % config.log_every_steps == 0 or self.step == config.steps:
                    self._report(bar)
                every = config.validation.every_steps
                if every and (self.step % every == 0 or self.step == config.steps):
                    self._validate()
                if self.step % config.save_every_steps == 0 or self.step == config.steps:
                    self._checkpoints.save(self.step)
                yield cost

    def _train_step(self, loaded: LoadedBatch) -> dict[str, float]:
        """Take one optimizer step on one batch."""
        accelerator, options = self._accelerator, self._config.optimizer
        set_learning_rate(self._optimizer, learning_rate(options, self.step, self._config.steps))
        # Noise depends only on the step, so a resumed run draws the same noise.
        torch.manual_seed(mixed_seed(self._config.seed, accelerator.process_index, self.step))
        # Means are over all tokens and actions of the step, in all processes and micro-batches.
        whole = accelerator.reduce(_counts(loaded.batch).to(accelerator.device), 'sum')
        total, flow = (torch.zeros((), device=accelerator.device) for _ in range(2))
        pieces = pieces_of(loaded.batch.lengths_B.tolist(), self._config.micro_batch_size)
        for rows in pieces:
            batch = loaded.batch[rows]
            self._sync_gradients(rows is pieces[-1])
            loss: Loss = self.model(batch.to(accelerator.device))
            shares = _counts(batch).to(accelerator.device) / whole.clamp(min=1)
            of_language, of_flow = shares * accelerator.num_processes
            cost = loss.language * of_language + loss.flow * of_flow
            accelerator.backward(cost)
            total += cost.detach()
            flow += loss.flow.detach() * of_flow
            self._metrics.add(loss, [loaded.datasets[row] for row in rows])
        norm = accelerator.clip_grad_norm_(self.model.parameters(), options.clip_norm)
        if isinstance(norm, DTensor):
            norm = norm.full_tensor()
        mean = accelerator.reduce(total, 'mean')
        if not (math.isfinite(value := mean.item()) and math.isfinite(float(norm))):
            raise NotFinite(
                f'the loss of step {self.step} is {value}, and the norm of its gradient is '
                f'{float(norm)}. Lower optimizer.learning_rate, or raise optimizer.warmup_steps; '
                'the last checkpoint is not affected'
            )
        self._optimizer.step()
        self._optimizer.zero_grad()
        if self._average:
            self._average.update()
        self._metrics.add_step(total, flow, loaded.num_skipped)
        return {'step': self.step, 'loss': value}

    def _sync_gradients(self, is_last: bool) -> None:
        """Exchange gradients only after the last micro-batch."""
        if isinstance(self.model, FSDPModule):
            self.model.set_requires_gradient_sync(is_last)
        elif isinstance(self.model, DistributedDataParallel):
            self.model.require_backward_grad_sync = is_last

    def _report(self, bar: tqdm[Any]) -> None:
        report = self._metrics.report(self._accelerator, 'train/')
        rate = bar.format_dict['rate'] or 0.0
        report['train/samples_per_s'] = rate * self._config.batch_size
        report['train/learning_rate'] = self._optimizer.param_groups[0]['lr']
        self._log(report)
        bar.set_postfix_str(
            f'loss {report["train/loss"]:.3f}, {report["train/samples_per_s"]:.0f} samples/s'
        )

    def _log(self, report: dict[str, float]) -> None:
        self._accelerator.log(report, step=self.step)
        if self._accelerator.is_main_process:
            self._folder.log({'step': self.step, **report})

    def _validate(self) -> None:
        """Validate on held-out data with the weights that the policy would have."""
        if self._average:
            self._average.swap()
        self.model.eval()
        try:
            report = self._validator.validate(self.model)
        finally:
            self.model.train()
            if isinstance(self.model, FSDPModule):
                # Without a backward pass, FSDP keeps the gathered weights and would train them.
                self.model.reshard()
            if self._average:
                self._average.swap()
        self._log(report)
        if self._accelerator.is_main_process:
            shown = ', '.join(f'{key} {value:.4g}' for key, value in sorted(report.items()))
            tqdm.write(f'step {self.step}: {shown}')

    def _trained(self) -> list[torch.nn.Parameter]:
        return [p for p in self.model.parameters() if p.requires_grad]


def _counts(batch: Batch) -> torch.Tensor:
    """Return the number of tokens to predict and the number of actions."""
    return torch.stack([batch.is_target_BT.sum(), batch.is_action_BH.sum()])


def _checkpoint_gradients(model: VLA) -> None:
    """Recompute the transformers' activations in the backward pass.

    The exception is the language model under a flow head, which runs layer by layer beside the
    expert.
    """
    for network in _networks(model):
        network.activation_checkpointing_enable({'use_reentrant': False})
    if model.config.action_head == 'flow':
        model.trunk.activation_checkpointing_disable()


def fit_attention(model: VLA, device: torch.device) -> None:
    """Skip padding, and on a CPU use eager attention for pictures; see `unpadded`."""
    if device.type == 'cpu':
        for network in _networks(model):
            network.set_attn_implementation('eager')
    model.leave_out_padding()


def _networks(model: VLA) -> list[PreTrainedModel]:
    return [module for module in model.modules() if isinstance(module, PreTrainedModel)]
