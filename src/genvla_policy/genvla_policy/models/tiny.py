# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write a tiny pi0 checkpoint with random weights: python -m genvla_policy.models.tiny OUT."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from genvla_policy.checkpoint import save_checkpoint
from genvla_policy.models.config import TextDimensions, VisionDimensions, VLAConfig
from genvla_policy.models.pi0 import Pi0
from genvla_policy.models.tiny_tokenizer import VOCABULARY_SIZE, build_tiny_tokenizer

TINY_VISION = VisionDimensions(width=192, depth=4, num_heads=4, mlp_width=768, patch_size=16)
TINY_TEXT = TextDimensions(
    width=192,
    depth=3,
    num_heads=4,
    num_kv_heads=1,
    head_dim=48,
    mlp_width=768,
    vocabulary_size=VOCABULARY_SIZE,
    context_length=1024,
)
TINY_IMAGE_SIZE = 128

# Source: norm_stats of openvla/openvla-7b (config.json), data set bridge_orig.
BRIDGE_STATISTICS: dict[str, Any] = {
    'bridge_orig': {
        'action': {
            'q01': [-0.028727, -0.041703, -0.026094, -0.080921, -0.092887, -0.207183, 0.0],
            'q99': [0.028310, 0.040855, 0.040162, 0.081920, 0.077929, 0.203826, 1.0],
            'mask': [True, True, True, True, True, True, False],
        },
        'num_trajectories': 60064,
        'num_transitions': 2135463,
    }
}

_CARD = """\
# {name}

A PaliGemma-class vision-language-action model at tiny size ({parameters:.1f} M parameters), made
to run the whole robot loop on two CPU cores.

- **Weights: random (seed {seed}), not trained.** Its actions mean nothing.
- Input: {num_cameras} camera image(s), {image_size} x {image_size} px, and an instruction.
- Output: {horizon} action(s) of 7 numbers at {control_rate_hz:g} Hz, printed as {action_format}.
- Action bounds: bridge_orig, as published with openvla/openvla-7b.
"""


def tiny_config(
    *, horizon: int = 1, num_cameras: int = 1, action_format: str = 'fixed4'
) -> VLAConfig:
    """Return the configuration of an untrained tiny pi0 model."""
    return VLAConfig(
        name='genvla-tiny-random',
        size='tiny',
        trained=False,
        vision=TINY_VISION,
        text=TINY_TEXT,
        action_format=action_format,
        horizon=horizon,
        num_cameras=num_cameras,
        image_size=TINY_IMAGE_SIZE,
    )


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
        model = Pi0(config, tokenizer)
    card = _CARD.format(
        name=config.name,
        parameters=sum(p.numel() for p in model.parameters()) / 1e6,
        seed=seed,
        num_cameras=config.num_cameras,
        image_size=config.image_size,
        horizon=config.horizon,
        control_rate_hz=config.control_rate_hz,
        action_format=config.action_format,
    )
    save_checkpoint(
        folder,
        config=config,
        weights=model.weights,
        tokenizer=tokenizer,
        statistics=BRIDGE_STATISTICS,
        card=card,
    )


def main() -> None:
    """Write the checkpoint that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='folder to write')
    parser.add_argument('--seed', type=int, default=0, help='decides the weights (default 0)')
    parser.add_argument('--horizon', type=int, default=1, help='actions per chunk (default 1)')
    parser.add_argument(
        '--cameras', type=int, default=1, help='images per observation (default 1)'
    )
    parser.add_argument('--format', default='fixed4', help='action text: fixed4, paper or int1000')
    args = parser.parse_args()
    config = tiny_config(horizon=args.horizon, num_cameras=args.cameras, action_format=args.format)
    write_tiny_checkpoint(args.out, config, seed=args.seed)
    print(f'wrote {config.name} (random weights) to {args.out}')


if __name__ == '__main__':
    main()
