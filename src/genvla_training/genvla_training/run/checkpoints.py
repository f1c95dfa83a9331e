# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes a run's checkpoints, each whole or not at all, and goes on with the last one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from genvla_command.whole_folder import whole_folder
from genvla_policy.checkpoint.folder import save_checkpoint
from genvla_policy.checkpoint.model_card import model_card
from genvla_training.run.lora import merged
from genvla_training.run.run_folder import CONFIG_FILE, RunFolder
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

if TYPE_CHECKING:
    from genvla_training.run.trainer import Trainer

TRAINING_FOLDER = 'training'


def save(trainer: Trainer, folder: RunFolder) -> None:
    """Write a checkpoint; every process has to call it, the first one writes.

    A process that is killed at any instant leaves the checkpoint before it whole.
    """
    model, average = trainer.model, trainer.average
    weights = gather_weights(model)
    policy_weights = weights
    if average:
        average.swap()
        policy_weights = gather_weights(model)
        average.swap()
    optimizer, numbers = gather_optimizer(model, trainer.optimizer)
    if trainer.accelerator.is_main_process:
        with whole_folder(folder.checkpoint(trainer.step)) as partial:
            _write_policy(trainer, partial, policy_weights)
            write_state(
                partial / TRAINING_FOLDER,
                weights=weights,
                optimizer=optimizer,
                average=policy_weights if average else {},
                state={'step': trainer.step, 'optimizer': numbers},
            )
            config_file = partial / TRAINING_FOLDER / CONFIG_FILE
            config_file.write_text(trainer.config.to_json(), encoding='utf-8')
        folder.keep_last(trainer.config.keep_checkpoints)
    trainer.accelerator.wait_for_everyone()


def load_latest(trainer: Trainer, folder: RunFolder) -> int:
    """Load the last checkpoint; return its step, 0 without any.

    Raises:
        StateUnreadable: It is damaged.
    """
    found = folder.checkpoints()
    if not found:
        return 0
    step, latest = found[-1]
    training = latest / TRAINING_FOLDER
    state: dict[str, Any] = read_state(training)
    if trainer.average:
        scatter_weights(trainer.model, read_tensors(training, AVERAGE_FILE))
        trainer.average.restart()
    scatter_weights(trainer.model, read_tensors(training, WEIGHTS_FILE))
    optimizer = read_tensors(training, OPTIMIZER_FILE)
    scatter_optimizer(trainer.model, trainer.optimizer, optimizer, state['optimizer'])
    return step


def _write_policy(trainer: Trainer, folder: Path, weights: dict[str, Tensor]) -> None:
    start, config = trainer.start, trainer.config
    plain = merged(weights, config.lora)
    card = model_card(
        start.config,
        num_parameters=sum(weight.numel() for weight in plain.values()),
        weights=(
            f'Trained for {trainer.step} steps of {config.batch_size} samples; '
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
