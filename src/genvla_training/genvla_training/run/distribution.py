# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How a run is shared among processes: DDP, or FSDP2, through Accelerate."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from accelerate import Accelerator, FullyShardedDataParallelPlugin
from accelerate.utils import ProjectConfiguration
import torch

from genvla_training.run.config import TrainConfig

_BLOCKS = (
    'GemmaDecoderLayer', 'LlamaDecoderLayer', 'SiglipEncoderLayer', 'Dinov2WithRegistersLayer',
)  # fmt: skip
"""Classes of transformers whose weights are gathered together."""


def make_accelerator(config: TrainConfig, logs: Path) -> Accelerator:
    """Join the processes that torchrun or accelerate launch has started; alone without them.

    Raises:
        ValueError: FSDP was asked for, but there is one process; or W&B, which is not installed.
    """
    if config.wandb and find_spec('wandb') is None:
        raise ValueError('wandb is not installed: pip install wandb, or leave out --wandb')
    plugin = None
    if config.fsdp:
        plugin = FullyShardedDataParallelPlugin(
            fsdp_version=2,
            auto_wrap_policy='transformer_based_wrap',
            transformer_cls_names_to_wrap=list(_BLOCKS),
            cpu_ram_efficient_loading=False,
        )
    accelerator = Accelerator(
        # Without it, processes on CPUs do not find each other.
        cpu=not torch.accelerator.is_available(),
        mixed_precision='bf16' if config.precision == 'bf16' else 'no',
        fsdp_plugin=plugin,
        log_with=['tensorboard', 'wandb'] if config.wandb else ['tensorboard'],
        project_config=ProjectConfiguration(project_dir=str(logs.parent), logging_dir=str(logs)),
        step_scheduler_with_optimizer=False,
    )
    if config.fsdp and accelerator.num_processes == 1:
        raise ValueError('fsdp shares a model among processes, and there is one: use torchrun')
    return accelerator
