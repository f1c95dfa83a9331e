# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Recipes: functions that return a complete configuration, which the command line overrides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from genvla_policy.models.systems import SYSTEMS
from genvla_training.data.augmentation import RobotAugmentation
from genvla_training.data.mixture import StreamOptions
from genvla_training.run.config import (
    LoraOptions,
    ModelChoice,
    OptimizerOptions,
    RobotData,
    TrainConfig,
    ValidationOptions,
    VisionLanguageData,
)

DATA = Path('data')
RUNS = Path('runs/training')

Recipe = Callable[[], TrainConfig]

# The expert turns about the vertical only.
_SIMULATED = RobotData(DATA / 'demos', name='vx300s_sim', allow_still=True)
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
_TINY_BASE = RUNS / 'tiny_base' / 'step-001500'
_ROBOT_TOKENS = 64
"""Of a tiny model's prompt and action: with conversations as long as that, little is padding."""


def tiny_base() -> TrainConfig:
    """The tiny vision-language model: from the tower of tiny_tower, on conversations alone."""
    return TrainConfig(
        out=RUNS / 'tiny_base',
        model=ModelChoice(
            system='pi0_s',
            name='genvla-tiny-base',
            init=RUNS / 'tiny_tower',
            vision_language_only=True,
        ),
        vision_language=(_SIMULATED_VL,),
        steps=1500,
        batch_size=32,
        optimizer=replace(_TINY_OPTIMIZER, schedule='constant', ema_decay=0.0, vision_rate=0.0),
        max_text_tokens=112,
    )


def tiny() -> TrainConfig:
    """The policy that ships: pi0_plus on the simulator's data, from tiny_base."""
    return TrainConfig(
        out=RUNS / 'tiny',
        model=ModelChoice(system='pi0_plus', name='genvla-tiny', init=_TINY_BASE),
        robot=(_SIMULATED,),
        vision_language=(_SIMULATED_VL,),
        steps=6000,
        batch_size=32,
        optimizer=_TINY_OPTIMIZER,
        max_text_tokens=_ROBOT_TOKENS,
    )


def tiny_system(system: str) -> TrainConfig:
    """One of the paper's systems at tiny size, from random weights, on the simulator's data."""
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


_PAPER_VL = (
    VisionLanguageData(DATA / 'LLaVA-CC3M-Pretrain-595K' / 'chat.json'),
    VisionLanguageData(DATA / 'vqasynth_spacellava', format='parquet', split='train'),
    VisionLanguageData(DATA / 'LLaVA-OneVision-Data', format='parquet'),
    VisionLanguageData(DATA / 'robopoint-data' / 'robopoint_1432k.json'),
)


def _full(system: str, base: str, robot: RobotData, *, batch_size: int) -> TrainConfig:
    """A full system with the paper's numbers: constant 2e-5, no decay, clipping at 1."""
    return TrainConfig(
        out=RUNS / f'{system}_{robot.name}',
        model=ModelChoice(system=system, size='full', init=Path('checkpoints') / base),
        robot=(robot,),
        vision_language=_PAPER_VL,
        steps=100_000,
        batch_size=batch_size,
        optimizer=OptimizerOptions(learning_rate=2e-5, schedule='constant', clip_norm=1.0),
        # A few of OneVision's first answers are longer than max_text_tokens.
        data=StreamOptions(num_streams=16, skip_bad=True),
        lower_case=True,
        max_text_tokens=768,
        gradient_checkpointing=True,
        fsdp=True,
        num_workers=4,
        save_every_steps=2500,
        validation=ValidationOptions(every_steps=2500, episode_share=0.005),
    )


_BRIDGE = RobotData(DATA / 'bridge_orig' / '1.0.0', format='rlds', name='bridge_orig')
_RT1 = RobotData(
    DATA / 'fractal20220817_data' / '0.1.0', format='rlds', name='fractal20220817_data'
)


def own_robot() -> TrainConfig:
    """Your own robot: pi0_plus with low-rank adapters on one GPU; see docs/own_robot.md."""
    return TrainConfig(
        out=RUNS / 'own_robot',
        model=ModelChoice(
            system='pi0_plus', size='full', init=Path('checkpoints') / 'pi0_plus', name='own_robot'
        ),
        robot=(RobotData(DATA / 'own_robot'),),
        vision_language=_PAPER_VL[:1],
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
    'tiny_base': tiny_base,
    'tiny': tiny,
    'openvla_plus_bridge': partial(_full, 'openvla_plus', 'openvla_plus', _BRIDGE, batch_size=256),
    'pi0_plus_bridge': partial(_full, 'pi0_plus', 'pi0_plus', _BRIDGE, batch_size=96),
    'openvla_plus_rt1': partial(_full, 'openvla_plus', 'openvla_plus', _RT1, batch_size=256),
    'pi0_plus_rt1': partial(_full, 'pi0_plus', 'pi0_plus', _RT1, batch_size=96),
    'own_robot': own_robot,
    **{f'{system}_tiny': partial(tiny_system, system) for system in SYSTEMS},
}
"""By name; each returns a complete configuration."""
