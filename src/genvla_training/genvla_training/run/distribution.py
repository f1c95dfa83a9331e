# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Distribute a run over processes: DDP through Accelerate, or PyTorch's FSDP2.

Accelerate's own FSDP2 works only on GPUs (on CPUs it silently becomes DDP), and reduces gradients
in the compute dtype.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from accelerate import Accelerator
from accelerate.utils import ProjectConfiguration
import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from genvla_training.run.config import TrainConfig
from genvla_training.run.schedule import freeze_vision, make_optimizer
from genvla_training.run.start_model import StartModel

_BLOCKS = (
    'GemmaDecoderLayer', 'LlamaDecoderLayer', 'SiglipEncoderLayer', 'Dinov2WithRegistersLayer',
)  # fmt: skip
"""Transformers classes whose weights FSDP2 gathers together."""


def make_accelerator(config: TrainConfig, logs: Path) -> Accelerator:
    """Join the processes started by torchrun or accelerate launch; run alone without them.

    Raises:
        ValueError: FSDP is requested with only one process, or wandb is requested but not
            installed.
    """
    if config.wandb and find_spec('wandb') is None:
        raise ValueError('wandb is not installed: pip install wandb, or leave out --wandb')
    accelerator = Accelerator(
        # Without this flag, processes on CPUs do not find each other.
        cpu=not torch.accelerator.is_available(),
        mixed_precision='bf16' if config.precision == 'bf16' else 'no',
        log_with=['tensorboard', 'wandb'] if config.wandb else ['tensorboard'],
        project_config=ProjectConfiguration(project_dir=str(logs.parent), logging_dir=str(logs)),
        step_scheduler_with_optimizer=False,
    )
    if config.fsdp and accelerator.num_processes == 1:
        raise ValueError(
            'fsdp shards a model over several processes, but there is only one: use torchrun'
        )
    return accelerator


def distribute(
    config: TrainConfig, start: StartModel, accelerator: Accelerator
) -> tuple[nn.Module, Optimizer]:
    """Distribute a model over the processes, with each weight in the dtype that training needs.

    Returns:
        The distributed network in training mode, and AdamW over its trained weights.
    """
    freeze_vision(start.model, config.optimizer)
    set_dtypes(start.model, config.precision)
    start.model.train()
    if config.fsdp:
        shard(start.model, accelerator, config.precision)
        return start.model, make_optimizer(start.model, config.optimizer)
    model, optimizer = accelerator.prepare(
        start.model, make_optimizer(start.model, config.optimizer)
    )
    return model, optimizer


def set_dtypes(model: nn.Module, precision: str) -> None:
    """Convert trained weights to float32, and frozen ones to the compute dtype.

    Args:
        model: Model whose requires_grad flags are final.
        precision: TrainConfig.precision.
    """
    frozen = torch.bfloat16 if precision == 'bf16' else torch.float32
    for weight in model.parameters():
        weight.data = weight.data.to(torch.float32 if weight.requires_grad else frozen)


def shard(model: nn.Module, accelerator: Accelerator, precision: str) -> None:
    """Leave each process a part of every weight (FSDP2).

    With precision "bf16", the model computes in bfloat16. Gradients are summed in float32, and the
    loss is returned in float32.

    Args:
        model: The first process's weights are used; those of the others may be on the meta device.
        accelerator: The processes.
        precision: TrainConfig.precision.
    """
    whole = model.state_dict() if accelerator.is_main_process else {}
    for module in model.modules():
        for name, weight in module.named_parameters(recurse=False):
            empty = nn.Parameter(weight.detach().to('meta'), requires_grad=weight.requires_grad)
            setattr(module, name, empty)
    mesh = init_device_mesh(accelerator.device.type, (accelerator.num_processes,))
    policy = MixedPrecisionPolicy(
        param_dtype=torch.bfloat16 if precision == 'bf16' else None, reduce_dtype=torch.float32
    )
    blocks = [module for module in model.modules() if type(module).__name__ in _BLOCKS]
    for module in [*blocks, model]:
        fully_shard(module, mesh=mesh, mp_policy=policy)
    parts = {}
    for name, part in model.named_parameters():
        assert isinstance(part, DTensor)
        sent = whole.pop(name) if whole else torch.empty(part.shape, dtype=part.dtype)
        # The first process sends each process its part, one weight at a time.
        parts[name] = distribute_tensor(sent.to(accelerator.device), mesh, part.placements)
    model.load_state_dict(parts, strict=False, assign=True)
