# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The paper's models at full size: one function, and a table with one row per model.

The origin of the numbers is in docs/training.md, "What is whose".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genvla_policy.models.systems import SYSTEMS
from genvla_training.data.mixture import StreamOptions
from genvla_training.run.config import (
    ModelChoice,
    OptimizerOptions,
    RobotData,
    TrainConfig,
    ValidationOptions,
    VisionLanguageData,
)

DATA = Path('data')
RUNS = Path('runs/training')

PAPER_VL = (
    VisionLanguageData(DATA / 'LLaVA-CC3M-Pretrain-595K' / 'chat.json'),
    VisionLanguageData(DATA / 'vqasynth_spacellava', format='parquet', split='train'),
    VisionLanguageData(DATA / 'LLaVA-OneVision-Data', format='parquet'),
    VisionLanguageData(DATA / 'robopoint-data' / 'robopoint_1432k.json'),
)
"""Data sets of the paper's Table I."""

_BRIDGE = RobotData(DATA / 'bridge_orig' / '1.0.0', format='rlds', name='bridge_orig')
_RT1 = RobotData(
    DATA / 'fractal20220817_data' / '0.1.0', format='rlds', name='fractal20220817_data'
)


@dataclass(frozen=True)
class _Schedule:
    """Training schedule of the paper's authors on one kind of data.

    Attributes:
        passes: See TrainConfig.passes.
        batch_size: Samples per step.
        optimizer: AdamW and its schedule.
        micro_batch_size: Samples that a process handles at once; 0: all.
        horizon: Actions per chunk.
    """

    passes: float
    batch_size: int
    optimizer: OptimizerOptions
    micro_batch_size: int = 0
    horizon: int = 1


# Source: akshaygopalkr/vla-plus, prismatic/training/strategies/fsdp.py: a cosine to 0 that ends
# after ten passes, whatever `epochs` is. The batches are those of prismatic/conf/vla.py
# (DinoSigLIP_224px_RT_1_8, DinoSigLIP_224px_Bridge_4, Pi_224px_RT_1_4). It has no batch for pi0 on
# BridgeData, which uses RT-1's.
_COSINE = OptimizerOptions(
    learning_rate=2e-5, schedule='cosine', final_rate=0.0, weight_decay=0.0, clip_norm=1.0
)
# Source: shroglck/open-pi-zero, config/train/fractal.yaml and bridge.yaml: a cosine of 10,000,000
# steps after 200 steps of warmup, which is nearly constant.
_FLOW = OptimizerOptions(
    learning_rate=5e-5, schedule='constant', warmup_steps=200, weight_decay=0.0, clip_norm=1.0
)
_SCHEDULES = {
    ('openvla', 'rt1'): _Schedule(10, 256, _COSINE),
    ('openvla', 'bridge'): _Schedule(10, 128, _COSINE),
    ('pi0', 'rt1'): _Schedule(10, 96, _COSINE),
    ('pi0', 'bridge'): _Schedule(10, 96, _COSINE),
    ('flow', 'rt1'): _Schedule(10, 128, _FLOW, micro_batch_size=16, horizon=4),
    ('flow', 'bridge'): _Schedule(15, 1024, _FLOW, micro_batch_size=16, horizon=4),
}
"""Schedules by data and family, or "flow" for a flow head."""

_ROBOT = {'rt1': _RT1, 'bridge': _BRIDGE}

_ABLATION = 'an ablation that the paper reports only for OpenVLA'
PAPER_ROWS: dict[tuple[str, str], str] = {
    ('openvla', 'rt1'): 'OpenVLA: Tables II to IV, Figures 1, 4 and 5',
    ('openvla_d', 'rt1'): 'OpenVLA+D: Table II',
    ('openvla_s', 'rt1'): 'OpenVLA+S: Table II',
    ('openvla_c', 'rt1'): 'OpenVLA+C: Table II',
    ('openvla_ds', 'rt1'): 'OpenVLA+DS: Table II',
    ('openvla_sc', 'rt1'): 'OpenVLA+SC: Tables II to IV',
    ('openvla_plus', 'rt1'): 'OpenVLA+: Tables II to IV, Figures 1, 4 and 5',
    ('openvla_inst_aug', 'rt1'): 'OpenVLA with instruction augmentation: Table IV',
    ('pi0', 'rt1'): 'pi0 without instruction augmentation: Figure 1c',
    ('pi0_inst_aug', 'rt1'): 'pi0 with instruction augmentation: Tables II to IV',
    ('pi0_d', 'rt1'): f'pi0+D: {_ABLATION}',
    ('pi0_s', 'rt1'): f'pi0+S: {_ABLATION}',
    ('pi0_c', 'rt1'): f'pi0+C: {_ABLATION}',
    ('pi0_ds', 'rt1'): f'pi0+DS: {_ABLATION}',
    ('pi0_sc', 'rt1'): f'pi0+SC: {_ABLATION}',
    ('pi0_plus', 'rt1'): 'pi0+: Tables II to IV, Figures 1, 4 and 5',
    ('openvla', 'bridge'): 'OpenVLA: Table V, the real robot',
    ('openvla_plus', 'bridge'): 'OpenVLA+: Table V, the real robot',
    ('pi0_inst_aug', 'bridge'): 'pi0 with instruction augmentation: Table V, the real robot',
    ('pi0_plus', 'bridge'): 'pi0+: Table V, the real robot',
}
"""Systems and data of the paper, with the results that it reports."""


def _base(system: str) -> str:
    """Return the checkpoint that a full system starts from; docs/training.md converts them."""
    switches = SYSTEMS[system]
    if switches['family'] == 'openvla':
        return 'openvla_plus'
    if switches['action_head'] == 'flow':
        return 'pi0'
    return 'pi0_plus' if switches['encoders'] == 'dual' else 'pi0_s'


def paper_system(system: str, data: str, *, horizon: int = 0) -> TrainConfig:
    """Return a full-size system on the paper's data, with the authors' schedule.

    Args:
        system: A name in SYSTEMS.
        data: "rt1" or "bridge".
        horizon: Actions per chunk; 0: as the authors.
    """
    switches = SYSTEMS[system]
    kind = 'flow' if switches['action_head'] == 'flow' else str(switches['family'])
    schedule = _SCHEDULES[kind, data]
    name = f'{system}_{data}' + (f'_h{horizon}' if horizon else '')
    return TrainConfig(
        out=RUNS / name,
        model=ModelChoice(
            system=system,
            size='full',
            init=Path('checkpoints') / _base(system),
            horizon=horizon or schedule.horizon,
        ),
        robot=(_ROBOT[data],),
        vision_language=PAPER_VL if 'vision_language_share' in switches else (),
        steps=0,
        passes=schedule.passes,
        batch_size=schedule.batch_size,
        micro_batch_size=schedule.micro_batch_size,
        optimizer=schedule.optimizer,
        # A few of OneVision's first answers exceed max_text_tokens.
        data=StreamOptions(num_streams=16, pool_episodes=256, skip_bad=True),
        lower_case=True,
        max_text_tokens=768,
        gradient_checkpointing=True,
        fsdp=True,
        num_workers=4,
        save_every_steps=2500,
        validation=ValidationOptions(every_steps=2500, episode_share=0.005),
    )
