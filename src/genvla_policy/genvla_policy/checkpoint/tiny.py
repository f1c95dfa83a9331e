# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write a tiny checkpoint with random weights: python -m genvla_policy.checkpoint.tiny OUT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import tyro

from genvla_command.command_line import parse
from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import save_checkpoint
from genvla_policy.checkpoint.model_card import model_card
from genvla_policy.models.build import build_model
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

DEFAULT_SYSTEM = 'pi0_plus'


@dataclass(frozen=True)
class TinyOptions:
    """Options of a tiny checkpoint."""

    out: tyro.conf.Positional[Path]
    """Folder to write."""
    system: str = DEFAULT_SYSTEM
    """Name of the model; see genvla models --list."""
    seed: int = 0
    """Seed of the random weights."""
    horizon: int = 1
    """Actions per chunk."""
    cameras: int = 1
    """Images per observation."""
    format: str = ''
    """Action text of a string head: fixed4, paper or int1000; by default that of the system."""

    def __post_init__(self) -> None:
        """Reject an unsupported system."""
        _ = self.config

    @property
    def config(self) -> VLAConfig:
        """Configuration of the model."""
        changes = {'action_format': self.format} if self.format else {}
        return tiny_config(self.system, horizon=self.horizon, num_cameras=self.cameras, **changes)


def tiny_config(system: str = DEFAULT_SYSTEM, **changes: Any) -> VLAConfig:
    """Return the configuration of an untrained tiny model.

    Args:
        system: A name in SYSTEMS.
        changes: Fields of VLAConfig to override.

    Raises:
        ValueError: The system is unknown, or the changed fields are not supported.
    """
    return system_config(system, 'tiny', **changes)


def write_tiny_checkpoint(folder: Path | str, config: VLAConfig, *, seed: int) -> None:
    """Write a checkpoint folder with random weights.

    Args:
        folder: Folder to write; created if it does not exist.
        config: Configuration of the model; see tiny_config().
        seed: Seed of the random weights.
    """
    tokenizer = build_tiny_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_model(config, tokenizer)
    card = model_card(
        config,
        num_parameters=model.num_parameters,
        weights=f'Random weights (seed {seed}), not trained: its actions are meaningless.',
    )
    save_checkpoint(
        folder,
        config=config,
        weights=model.state_dict(),
        tokenizer=tokenizer,
        statistics=BRIDGE_STATISTICS,
        card=card,
    )


def main(args: Sequence[str] | None = None) -> None:
    """Write the checkpoint that the command line describes."""
    options = parse(TinyOptions, args, module='genvla_policy.checkpoint.tiny', description=__doc__)
    write_tiny_checkpoint(options.out, options.config, seed=options.seed)
    print(f'wrote {options.config.name} (random weights) to {options.out}')


if __name__ == '__main__':
    main()
