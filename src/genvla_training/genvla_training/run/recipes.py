# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Recipes: complete configurations by name, with fields that the command line overrides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from genvla_policy.models.systems import SYSTEMS
from genvla_training.data.augmentation import RobotAugmentation
from genvla_training.run.config import (
    LoraOptions,
    ModelChoice,
    OptimizerOptions,
    RobotData,
    TrainConfig,
    VisionLanguageData,
)
from genvla_training.run.paper_recipes import DATA, PAPER_ROWS, PAPER_VL, RUNS, paper_system


@dataclass(frozen=True)
class Recipe:
    """A named configuration.

    Attributes:
        summary: One-line description of what it trains.
        make: Function that returns the configuration.
    """

    summary: str
    make: Callable[[], TrainConfig]

    def __call__(self) -> TrainConfig:
        """Return the configuration."""
        return self.make()


SIMULATED_NAME = 'vx300s_sim'
"""Name of the simulator's data in recipes and statistics."""

# The expert rotates only about the vertical.
_SIMULATED = RobotData(DATA / 'demos', name=SIMULATED_NAME, allow_still=True)
_SIMULATED_VL = VisionLanguageData(DATA / 'vl' / 'vl.json')
_TINY_OPTIMIZER = OptimizerOptions(
    learning_rate=1e-3,
    schedule='cosine',
    warmup_steps=100,
    weight_decay=0.01,
    betas=(0.9, 0.95),
    ema_decay=0.995,
    vision_rate=0.1,
)
_SMALL_OPTIMIZER = OptimizerOptions(
    learning_rate=5e-4, schedule='cosine', warmup_steps=100, betas=(0.9, 0.95)
)
_SMALL_LORA = LoraOptions(rank=16, alpha=32)
_TINY_BASE = RUNS / 'tiny_base' / 'step-001500'
_ROBOT_TOKENS = 64
"""Length of a tiny model's prompt and action; equally long conversations need little padding."""


def tiny_base() -> TrainConfig:
    """Return the tiny vision-language model, from `genvla train words`, on conversations alone."""
    return TrainConfig(
        out=RUNS / 'tiny_base',
        model=ModelChoice(
            system='pi0_s',
            name='genvla-tiny-base',
            init=RUNS / 'tiny_words',
            vision_language_only=True,
        ),
        vision_language=(_SIMULATED_VL,),
        steps=1500,
        batch_size=32,
        optimizer=replace(_TINY_OPTIMIZER, schedule='constant', ema_decay=0.0, vision_rate=0.0),
        max_text_tokens=112,
    )


def tiny() -> TrainConfig:
    """Return the shipped policy: pi0_plus on the simulator's data, from tiny_base."""
    return TrainConfig(
        out=RUNS / 'tiny',
        model=ModelChoice(
            system='pi0_plus',
            name='genvla-tiny',
            init=_TINY_BASE,
            horizon=8,
            # Half as many tokens as with four decimals, so decoding is twice as fast.
            action_format='int1000',
        ),
        robot=(_SIMULATED,),
        vision_language=(_SIMULATED_VL,),
        steps=8000,
        batch_size=32,
        optimizer=_TINY_OPTIMIZER,
        augmentation=RobotAugmentation(instructions=True, begun_share=0.5),
        max_text_tokens=_ROBOT_TOKENS,
    )


def tiny_system(system: str) -> TrainConfig:
    """Return one of the paper's systems at tiny size, from random weights, on simulated data."""
    return TrainConfig(
        out=RUNS / f'{system}_tiny',
        model=ModelChoice(system=system),
        robot=(_SIMULATED,),
        vision_language=(_SIMULATED_VL,) if 'vision_language_share' in SYSTEMS[system] else (),
        steps=12_000,
        batch_size=32,
        optimizer=_TINY_OPTIMIZER,
        max_text_tokens=_ROBOT_TOKENS,
    )


def small_base() -> TrainConfig:
    """Return the small vision-language model: pretrained weights, on conversations alone."""
    return TrainConfig(
        out=RUNS / 'small_base',
        model=ModelChoice(
            system='openvla_plus',
            size='small',
            name='genvla-small-base',
            init=RUNS / 'small_words',
            vision_language_only=True,
        ),
        vision_language=(_SIMULATED_VL,),
        steps=1250,
        batch_size=32,
        optimizer=_SMALL_OPTIMIZER,
        lora=_SMALL_LORA,
        max_text_tokens=112,
    )


def small() -> TrainConfig:
    """Return the small policy: openvla_plus on simulated data, from small_base.

    Training uses only each task's own wording. The policy understands other wordings only through
    its pretraining.
    """
    return TrainConfig(
        out=RUNS / 'small',
        model=ModelChoice(
            system='openvla_plus',
            size='small',
            name='genvla-small',
            init=RUNS / 'small_base' / 'step-001250',
            horizon=4,
            action_format='int1000',
        ),
        robot=(_SIMULATED,),
        vision_language=(_SIMULATED_VL,),
        steps=5000,
        batch_size=32,
        optimizer=_SMALL_OPTIMIZER,
        lora=_SMALL_LORA,
        augmentation=RobotAugmentation(begun_share=0.5),
        max_text_tokens=112,
    )


def own_robot() -> TrainConfig:
    """Return pi0_plus with adapters for your own robot, on one GPU; see docs/own_robot.md."""
    return TrainConfig(
        out=RUNS / 'own_robot',
        model=ModelChoice(
            system='pi0_plus', size='full', init=Path('checkpoints') / 'pi0_plus', name='own_robot'
        ),
        robot=(RobotData(DATA / 'own_robot'),),
        vision_language=PAPER_VL[:1],
        steps=20_000,
        batch_size=32,
        micro_batch_size=8,
        optimizer=OptimizerOptions(learning_rate=5e-4, schedule='cosine', warmup_steps=500),
        lora=LoraOptions(rank=32, alpha=32),
        augmentation=RobotAugmentation(images=True),
        gradient_checkpointing=True,
        num_workers=4,
        save_every_steps=1000,
    )


RECIPES: dict[str, Recipe] = {
    'tiny_base': Recipe('the tiny vision-language model, trained only on questions', tiny_base),
    'tiny': Recipe('the shipped policy: pi0_plus on simulated data, from tiny_base', tiny),
    'small_base': Recipe(
        'the small vision-language model: questions, from pretrained weights', small_base
    ),
    'small': Recipe('the small policy: openvla_plus on simulated data, from small_base', small),
    'own_robot': Recipe('your own robot: pi0_plus with adapters on one GPU', own_robot),
    **{
        f'{system}_{data}': Recipe(summary, partial(paper_system, system, data))
        for (system, data), summary in PAPER_ROWS.items()
    },
    'pi0_plus_bridge_h4': Recipe(
        'pi0+ with chunks of four actions',
        partial(paper_system, 'pi0_plus', 'bridge', horizon=4),
    ),
    **{
        f'{system}_tiny': Recipe(
            f'{system} at tiny size on simulated data', partial(tiny_system, system)
        )
        for system in SYSTEMS
    },
}
"""Recipes by name; each returns a complete configuration."""
