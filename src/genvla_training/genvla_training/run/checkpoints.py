# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes a run's checkpoints, each whole or not at all, and goes on with the last one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accelerate import Accelerator
from torch import Tensor, nn

from genvla_command.whole_folder import whole_folder
from genvla_policy.checkpoint.folder import save_checkpoint
from genvla_policy.checkpoint.model_card import model_card
from genvla_training.run.config import TrainConfig
from genvla_training.run.lora import merged
from genvla_training.run.run_folder import CONFIG_FILE, RunFolder
from genvla_training.run.schedule import WeightAverage
from genvla_training.run.start_model import StartModel
from genvla_training.run.train_state import (
    AVERAGE_FILE,
    OPTIMIZER_FILE,
    WEIGHTS_FILE,
    gather_optimizer,
    gather_weights,
    read_state,
    read_tensors,
    scatter_optimizer,
    scatter_weights,
    write_state,
)

TRAINING_FOLDER = 'training'


class Checkpoints:
    """The checkpoints of one run: everything that training changes, written and read back."""

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
        """Refer to what training changes.

        Args:
            folder: Where the checkpoints are.
            config: What the run is.
            start: What it began with.
            accelerator: The processes.
            model: The network, as it is distributed.
            optimizer: AdamW, as it is distributed.
            average: The average of the weights, if there is one.
        """
        self._folder, self._config, self._start = folder, config, start
        self._accelerator = accelerator
        self._model, self._optimizer, self._average = model, optimizer, average

    def save(self, step: int) -> None:
        """Write a checkpoint; every process has to call it, the first one writes.

        A process that is killed at any instant leaves the checkpoint before it whole.

        Args:
            step: Optimizer steps that have been made.
        """
        weights = gather_weights(self._model)
        policy_weights = weights
        if self._average:
            self._average.swap()
            policy_weights = gather_weights(self._model)
            self._average.swap()
        optimizer, numbers = gather_optimizer(self._model, self._optimizer)
        if self._accelerator.is_main_process:
            with whole_folder(self._folder.checkpoint(step)) as partial:
                self._write_policy(step, partial, policy_weights)
                write_state(
                    partial / TRAINING_FOLDER,
                    weights=weights,
                    optimizer=optimizer,
                    average=policy_weights if self._average else {},
                    state={'step': step, 'optimizer': numbers},
                )
                config_file = partial / TRAINING_FOLDER / CONFIG_FILE
                config_file.write_text(self._config.to_json(), encoding='utf-8')
            self._folder.keep_last(self._config.keep_checkpoints)
        self._accelerator.wait_for_everyone()

    def load_latest(self) -> int:
        """Load the last checkpoint; return its step, 0 without any.

        Raises:
            StateUnreadable: It is damaged.
        """
        found = self._folder.checkpoints()
        if not found:
            return 0
        step, latest = found[-1]
        training = latest / TRAINING_FOLDER
        state: dict[str, Any] = read_state(training)
        if self._average:
            scatter_weights(self._model, read_tensors(training, AVERAGE_FILE))
            self._average.restart()
        scatter_weights(self._model, read_tensors(training, WEIGHTS_FILE))
        optimizer = read_tensors(training, OPTIMIZER_FILE)
        scatter_optimizer(self._model, self._optimizer, optimizer, state['optimizer'])
        return step

    def _write_policy(self, step: int, folder: Path, weights: dict[str, Tensor]) -> None:
        start, config = self._start, self._config
        plain = merged(weights, config.lora)
        card = model_card(
            start.config,
            num_parameters=sum(weight.numel() for weight in plain.values()),
            weights=(
                f'Trained for {step} steps of {config.batch_size} samples; '
                'training/ holds what going on needs.'
            ),
        )
        save_checkpoint(
            folder,
            config=start.config,
            weights=plain,
            tokenizer=start.tokenizer,
            statistics=start.statistics,
            card=card,
        )
