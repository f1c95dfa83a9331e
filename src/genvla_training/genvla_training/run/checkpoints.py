# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write a run's checkpoints atomically, and resume from the last one.

No process gathers a whole model, and no number is written twice. The policy's own file has the
weights; with a weight average, it has the averaged ones. training/ has everything else that a run
changes, one part per process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import math
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from genvla_command.whole_folder import whole_folder
from genvla_policy.checkpoint.folder import save_all_but_weights
from genvla_policy.checkpoint.model_card import model_card
from genvla_policy.checkpoint.safetensors_folder import WeightInfo, write_safetensors
from genvla_training.run.config import TrainConfig
from genvla_training.run.lora import merged, with_adapters
from genvla_training.run.run_folder import CONFIG_FILE, RunFolder
from genvla_training.run.schedule import WeightAverage
from genvla_training.run.start_model import StartModel
from genvla_training.run.train_state import (
    moments_of,
    prefixed,
    read_step,
    read_tensors,
    set_num_steps,
    weights_of,
    write_step,
    write_tensors,
)

TRAINING_FOLDER = 'training'
_WEIGHTS, _AVERAGES, _MOMENTS = 'weights', 'averages', 'moments'
"""Prefixes of the tensor names in training/."""


class Checkpoints:
    """The checkpoints of one run: writes and reads back everything that training changes."""

    def __init__(
        self,
        folder: RunFolder,
        config: TrainConfig,
        start: StartModel,
        accelerator: Accelerator,
        *,
        model: nn.Module,
        optimizer: Any,
        average: WeightAverage | None,
    ) -> None:
        """Store references to the state that training changes.

        Args:
            folder: Folder of the run.
            config: Configuration of the run.
            start: Model that the run started from.
            accelerator: The processes.
            model: The distributed network.
            optimizer: The distributed AdamW.
            average: Average of the weights, if there is one.
        """
        self._folder, self._config, self._start = folder, config, start
        self._accelerator = accelerator
        self._model, self._optimizer, self._average = model, optimizer, average

    def save(self, step: int) -> None:
        """Write a checkpoint; every process must call it.

        If a process is killed at any time, the previous checkpoint stays complete.

        Args:
            step: Number of optimizer steps taken.

        Raises:
            OSError: A process cannot write.
        """
        with self._whole_folder(self._folder.checkpoint(step)) as partial:
            training = partial / TRAINING_FOLDER
            state = prefixed(_MOMENTS, moments_of(self._model, self._optimizer))
            trained = weights_of(self._model, trained_only=True)
            if self._average or self._config.lora.rank:
                state |= prefixed(_WEIGHTS, trained)
            with self._averaged():
                self._write_policy(step, partial)
            if self._average and self._config.lora.rank:
                state |= prefixed(_AVERAGES, self._averages(trained))
            write_tensors(training, state)
            if self._accelerator.is_main_process:
                write_step(training, step)
                (training / CONFIG_FILE).write_text(self._config.to_json(), encoding='utf-8')
        if self._accelerator.is_main_process:
            self._folder.keep_last(self._config.keep_checkpoints)
        self._accelerator.wait_for_everyone()

    def load_latest(self) -> int:
        """Load the last checkpoint and return its step, or 0 if there is none.

        Raises:
            StateUnreadable: The checkpoint is damaged, or from an earlier version.
        """
        found = self._folder.checkpoints()
        if not found:
            return 0
        _, latest = found[-1]
        training = latest / TRAINING_FOLDER
        step = read_step(training)
        trained = weights_of(self._model, trained_only=True)
        state = prefixed(_MOMENTS, moments_of(self._model, self._optimizer))
        if not self._config.lora.rank:
            read_tensors(latest, weights_of(self._model))
            if self._average:
                self._average.restart()
        elif self._average:
            state |= prefixed(_AVERAGES, self._averages(trained))
        if self._average or self._config.lora.rank:
            state |= prefixed(_WEIGHTS, trained)
        read_tensors(training, state)
        set_num_steps(self._optimizer, step)
        return step

    @contextmanager
    def _whole_folder(self, out: Path) -> Iterator[Path]:
        """Yield one new folder to all processes; it becomes `out` once all have filled it."""
        if self._accelerator.is_main_process:
            with whole_folder(out) as partial:
                broadcast_object_list([partial])
                yield partial
                self._accelerator.wait_for_everyone()
        else:
            yield broadcast_object_list([None])[0]
            self._accelerator.wait_for_everyone()

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Swap the averaged weights, if there are any, into the model."""
        if self._average:
            self._average.swap()
        yield
        if self._average:
            self._average.swap()

    def _averages(self, trained: dict[str, Tensor]) -> dict[str, Tensor]:
        assert self._average is not None
        return dict(zip(trained, self._average.averages, strict=True))

    def _write_policy(self, step: int, folder: Path) -> None:
        """Write the policy's checkpoint; one process gathers one weight at a time."""
        start, config = self._start, self._config
        weights = weights_of(self._model)
        plain = {name.replace('.base_layer.', '.'): name for name in weights}
        plain = {name: own for name, own in plain.items() if '.lora_' not in name}
        infos = {name: WeightInfo.of(weights[own]) for name, own in plain.items()}
        for name, own in plain.items():
            if len(with_adapters(own)) > 1:  # see merged()
                infos[name] = replace(infos[name], dtype=torch.float32)

        def read(name: str) -> Tensor:
            parts = {n: _whole(weights[n]) for n in with_adapters(plain[name])}
            return merged(parts, config.lora)[name]

        if not self._accelerator.is_main_process:
            for name in infos:
                read(name)
            return
        card = model_card(
            start.config,
            num_parameters=sum(math.prod(info.shape) for info in infos.values()),
            weights=(
                f'Trained for {step} steps of {config.batch_size} samples; training/ contains the '
                'state to resume from.'
            ),
        )
        save_all_but_weights(
            folder,
            config=start.config,
            tokenizer=start.tokenizer,
            statistics=start.statistics,
            card=card,
        )
        write_safetensors(folder, infos, read)


@torch.no_grad()
def _whole(weight: Tensor) -> Tensor:
    """Return the full weight, of which every process has a part."""
    return weight.full_tensor() if isinstance(weight, DTensor) else weight
