# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write a tiny checkpoint with random weights: python -m genvla_policy.checkpoint.tiny OUT."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import save_checkpoint
from genvla_policy.checkpoint.model_card import model_card
from genvla_policy.models.build import build_model
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.systems import SYSTEMS, system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

DEFAULT_SYSTEM = 'pi0_plus'


def tiny_config(system: str = DEFAULT_SYSTEM, **changes: Any) -> VLAConfig:
    """Return the configuration of an untrained tiny model.

    Args:
        system: A name in SYSTEMS.
        changes: Fields of VLAConfig to set otherwise.

    Raises:
        ValueError: Unknown system, or the changed fields make no supported one.
    """
    return system_config(system, 'tiny', **changes)


def write_tiny_checkpoint(folder: Path | str, config: VLAConfig, *, seed: int) -> None:
    """Write a checkpoint folder with random weights.

    Args:
        folder: Where to; made if it does not exist.
        config: What the model is; see tiny_config().
        seed: Decides the weights.
    """
    tokenizer = build_tiny_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_model(config, tokenizer)
    card = model_card(
        config,
        num_parameters=model.num_parameters,
        weights=f'Random weights (seed {seed}), not trained: its actions mean nothing.',
    )
    save_checkpoint(
        folder,
        config=config,
        weights=model.state_dict(),
        tokenizer=tokenizer,
        statistics=BRIDGE_STATISTICS,
        card=card,
    )


def main() -> None:
    """Write the checkpoint that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder to write')
    parser.add_argument(
        '--system',
        default=DEFAULT_SYSTEM,
        choices=SYSTEMS,
        help=f'which model (default {DEFAULT_SYSTEM}); see python -m genvla_policy.models --list',
        metavar='NAME',
    )
    parser.add_argument('--seed', type=int, default=0, help='decides the weights (default 0)')
    parser.add_argument('--horizon', type=int, default=1, help='actions per chunk (default 1)')
    parser.add_argument(
        '--cameras', type=int, default=1, help='images per observation (default 1)'
    )
    parser.add_argument('--format', help='action text of a string head: fixed4, paper or int1000')
    args = parser.parse_args()
    changes = {'action_format': args.format} if args.format else {}
    try:
        config = tiny_config(
            args.system, horizon=args.horizon, num_cameras=args.cameras, **changes
        )
    except ValueError as error:
        parser.error(str(error))
    write_tiny_checkpoint(args.out, config, seed=args.seed)
    print(f'wrote {config.name} (random weights) to {args.out}')


if __name__ == '__main__':
    main()
