# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Configuration of a training run: returned by a recipe, overridden on the command line."""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any, Literal

import torch

from genvla_command.command_line import check_at_least
from genvla_policy.models.number_type import multiplies_bfloat16
from genvla_policy.models.systems import SYSTEMS
from genvla_training.data.augmentation import RobotAugmentation
from genvla_training.data.mixture import StreamOptions
from genvla_training.data.rlds import OXE_MIXTURES, TRANSFORMS


@dataclass(frozen=True)
class RobotData:
    """A robot data set.

    Attributes:
        path: Folder of the data set.
        format: "lerobot" (v2.0 to v3.0) or "rlds".
        weight: Sampling weight relative to other robot data sets.
        cameras: Feature keys of the cameras (lerobot). Empty: the first one by name.
        transform: Conversion to our actions. lerobot: MODULE:FUNCTION with the signature described
            in open_lerobot(); empty: the data set has our actions. rlds: a key in
            genvla_training.data.rlds.TRANSFORMS; empty: the name's, or the folder's.
        name: Its key in dataset_statistics.json. Empty: the folder's name.
        allow_still: Accept action dimensions that never move; the policy keeps them still.
        aspect_ratio: Width over height of the camera image, if the stored images are squashed.
            0: the data set's own ratio.
    """

    path: Path
    format: Literal['lerobot', 'rlds'] = 'lerobot'
    weight: float = 1.0
    cameras: tuple[str, ...] = ()
    transform: str = ''
    name: str = ''
    allow_still: bool = False
    aspect_ratio: float = 0.0


@dataclass(frozen=True)
class RobotMixture:
    """A mixture of RLDS data sets with published weights, used instead of `robot`.

    A data set is drawn in proportion to its weight times its steps, as the published tables
    intend.

    Attributes:
        name: Name of a mixture in genvla_training.data.rlds.OXE_MIXTURES. Empty: none.
        root: Folder that contains a folder for each data set.
        leave_out: Data sets of the mixture to exclude.
    """

    name: str = ''
    root: Path = Path('data')
    leave_out: tuple[str, ...] = ()

    @property
    def data(self) -> tuple[RobotData, ...]:
        """The data sets, each with its weight in the table.

        Raises:
            ValueError: The mixture does not exist, `leave_out` names none of its data sets, or a
                data set has no transform.
        """
        if not self.name:
            return ()
        if self.name not in OXE_MIXTURES:
            raise ValueError(
                f'no mixture is called {self.name!r}; available: {list(OXE_MIXTURES)}'
            )
        weights = OXE_MIXTURES[self.name]
        unknown = [name for name in self.leave_out if name not in weights]
        if unknown:
            raise ValueError(
                f'leave_out names {unknown}, which {self.name} does not contain; it contains '
                f'{list(weights)}'
            )
        chosen = [name for name in weights if name not in self.leave_out]
        missing = [name for name in chosen if name not in TRANSFORMS]
        if missing:
            raise ValueError(
                f'{self.name}: no transform for {missing}. Add them to '
                'genvla_training.data.rlds.TRANSFORMS, or leave them out: '
                f'--robot-mixture.leave-out {" ".join([*self.leave_out, *missing])}'
            )
        return tuple(
            RobotData(self.root / name, format='rlds', weight=weights[name], name=name)
            for name in chosen
        )


@dataclass(frozen=True)
class VisionLanguageData:
    """A vision-language data set.

    Attributes:
        path: The JSON file (llava) or the folder of parquet files (parquet).
        format: "llava" or "parquet".
        weight: Sampling weight relative to other vision-language data sets.
        image_folder: Folder of the images (llava). None: the folder of the JSON file.
        split: Split to read from a folder with several splits, such as "train" (parquet).
        name: Name for logs. Empty: that of the file or folder.
    """

    path: Path
    format: Literal['llava', 'parquet'] = 'llava'
    weight: float = 1.0
    image_folder: Path | None = None
    split: str = ''
    name: str = ''


@dataclass(frozen=True)
class ModelChoice:
    """The model to train.

    Attributes:
        system: Name of a system, from genvla models --list.
        size: Size of the model. Ignored with init.
        init: Checkpoint folder to start from: one of this system, or one of the same family with a
            single encoder, which becomes a dual one. None: random weights.
        horizon: Number of actions per chunk.
        action_format: Format in which the language head writes actions, see VLAConfig. Empty: that
            of init, or of the system.
        motion: Form in which it writes the motions of a chunk, see VLAConfig. Empty: that of init.
        num_cameras: Number of images per observation.
        name: Name of the checkpoint.
        proprio: Write the robot's state into the prompt, as pi0.5 does. Every robot data set then
            needs states with the same numbers. The policy then requires Observation.state.
        vision_language_only: Train on vision-language data alone, as the stage before robot data.
    """

    system: str = 'pi0_plus'
    size: Literal['tiny', 'small', 'full'] = 'tiny'
    init: Path | None = None
    horizon: int = 1
    action_format: str = ''
    motion: Literal['', 'step', 'mean'] = ''
    num_cameras: int = 1
    name: str = ''
    proprio: bool = False
    vision_language_only: bool = False


@dataclass(frozen=True)
class LoraOptions:
    """Low-rank adapters on every linear layer that is not frozen, instead of training all weights.

    Parts without pretrained weights are trained in full: the action expert of a flow head, and the
    projector and the encoder's own blocks in the small size.

    Attributes:
        rank: Rank of the adapters. 0: train all weights.
        alpha: Scale of the adapters times their rank.
        dropout: Share of an adapter's inputs that are dropped.
    """

    rank: int = 0
    alpha: int = 16
    dropout: float = 0.0


@dataclass(frozen=True)
class OptimizerOptions:
    """AdamW and its schedule.

    Attributes:
        learning_rate: Highest learning rate.
        schedule: "constant" or "cosine", both after a warmup.
        final_rate: Final rate of the cosine, relative to learning_rate. 0.1: as openpi (2.5e-5 to
            2.5e-6). 0: as transformers' get_cosine_schedule_with_warmup.
        warmup_steps: Number of steps over which the rate grows from 0.
        weight_decay: Weight decay of matrices; norms and biases have none.
        betas: Betas of AdamW.
        clip_norm: Maximum norm of the gradient.
        ema_decay: Decay of an average of the weights, which becomes the policy. 0: no average.
        vision_rate: Learning rate of the vision towers and the projector, relative to the rest. 0:
            they are not trained.
    """

    learning_rate: float = 2e-5
    schedule: Literal['constant', 'cosine'] = 'constant'
    final_rate: float = 0.1
    warmup_steps: int = 0
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    clip_norm: float = 1.0
    ema_decay: float = 0.0
    vision_rate: float = 1.0


@dataclass(frozen=True)
class ValidationOptions:
    """Held-out data.

    Attributes:
        every_steps: Number of steps between validations. 0: never validate.
        episode_share: Share of each data set that is held out; at least one episode.
        num_samples: Number of samples of each data set per validation.
    """

    every_steps: int = 500
    episode_share: float = 0.02
    num_samples: int = 64

    @property
    def held_out_share(self) -> float:
        """Held-out share of each data set; 0 without validation."""
        return self.episode_share if self.every_steps else 0.0


@dataclass(frozen=True)
class TrainConfig:
    """A training run.

    Attributes:
        out: Folder of the run.
        model: The model to train.
        robot: Robot data sets.
        robot_mixture: Robot data sets as a named mixture, used instead of `robot`.
        vision_language: Vision-language data sets.
        steps: Number of optimizer steps. 0: use `passes`.
        passes: Number of passes over the robot data, counted as in run_length.py. They are
            converted to steps when the data is open. 0: use `steps`.
        batch_size: Number of samples per step, over all processes.
        micro_batch_size: Number of samples that one process handles at once; its share of the
            batch is split into parts of this size. 0: all at once.
        optimizer: AdamW and its schedule.
        lora: Low-rank adapters.
        data: Order and sampling of the data.
        augmentation: Random changes between data and model.
        lower_case: Write conversations in lower case, as the paper's code does.
        max_text_tokens: Maximum number of tokens in a conversation; turns that do not fit are
            dropped.
        validation: Held-out data.
        precision: "bf16" computes in bfloat16 with trained weights in float32. "auto" is "bf16" on
            a GPU and on a CPU with AMX or AVX-512 BF16, else "float32".
        gradient_checkpointing: Recompute activations instead of keeping them.
        fsdp: Shard weights, gradients and optimizer state over the processes (FSDP2).
        num_workers: Number of processes that read data, per training process.
        save_every_steps: Number of steps between checkpoints.
        keep_checkpoints: Number of checkpoints to keep, the last ones.
        log_every_steps: Number of steps between log lines.
        wandb: Also log to Weights & Biases, with its own settings (WANDB_*).
        seed: Seed of the new weights and of noise.
    """

    out: Path
    model: ModelChoice = field(default_factory=ModelChoice)
    robot: tuple[RobotData, ...] = ()
    vision_language: tuple[VisionLanguageData, ...] = ()
    robot_mixture: RobotMixture = field(default_factory=RobotMixture)
    steps: int = 10_000
    passes: float = 0.0
    batch_size: int = 32
    micro_batch_size: int = 0
    optimizer: OptimizerOptions = field(default_factory=OptimizerOptions)
    lora: LoraOptions = field(default_factory=LoraOptions)
    data: StreamOptions = field(default_factory=StreamOptions)
    augmentation: RobotAugmentation = field(default_factory=RobotAugmentation)
    lower_case: bool = False
    max_text_tokens: int = 512
    validation: ValidationOptions = field(default_factory=ValidationOptions)
    precision: Literal['auto', 'bf16', 'float32'] = 'auto'
    gradient_checkpointing: bool = False
    fsdp: bool = False
    num_workers: int = 0
    save_every_steps: int = 500
    keep_checkpoints: int = 2
    log_every_steps: int = 10
    wandb: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Reject an invalid configuration; resolve precision "auto" for this machine."""
        if self.precision == 'auto':
            is_fast = torch.cuda.is_available() or multiplies_bfloat16()
            object.__setattr__(self, 'precision', 'bf16' if is_fast else 'float32')
        if self.model.system not in SYSTEMS:
            raise ValueError(f'unknown system {self.model.system!r}; available: {list(SYSTEMS)}')
        check_at_least(
            1,
            batch_size=self.batch_size,
            save_every_steps=self.save_every_steps,
            keep_checkpoints=self.keep_checkpoints,
            log_every_steps=self.log_every_steps,
            num_streams=self.data.num_streams,
            pool_episodes=self.data.pool_episodes,
            pool_blocks=self.data.pool_blocks,
        )
        check_at_least(
            0,
            steps=self.steps,
            passes=self.passes,
            final_rate=self.optimizer.final_rate,
            micro_batch_size=self.micro_batch_size,
            num_workers=self.num_workers,
            every_steps=self.validation.every_steps,
            num_samples=self.validation.num_samples,
            rank=self.lora.rank,
        )
        if bool(self.steps) == bool(self.passes):
            raise ValueError(
                f'steps is {self.steps} and passes is {self.passes:g}: set one of them to the '
                'length of the run, and the other to 0'
            )
        share = self.vision_language_share
        if self.passes and share == 1.0:
            raise ValueError(
                f'passes is {self.passes:g}, but passes count robot data, and there is none; set '
                'passes to 0 and give steps'
            )
        if share < 1.0 and not self.robot_data:
            raise ValueError('no robot data: give at least one data set in `robot`')
        if share > 0.0 and not self.vision_language:
            raise ValueError(
                f'{share:.0%} of each batch is vision-language data, but `vision_language` names '
                'no data set'
            )
        per_stream = self.batch_size / self.data.num_streams
        if per_stream != int(per_stream) or per_stream * share != int(per_stream * share):
            raise ValueError(
                f'a batch of {self.batch_size} in {self.data.num_streams} streams has '
                f'{per_stream:g} samples per stream, of which {per_stream * share:g} would be '
                'vision-language data; both must be integers: change batch_size or '
                'data.num_streams'
            )

    @property
    def robot_data(self) -> tuple[RobotData, ...]:
        """The robot data sets: those of the mixture, if there is one, else `robot`."""
        return self.robot_mixture.data or self.robot

    @property
    def vision_language_share(self) -> float:
        """Share of vision-language data in each batch."""
        if self.model.vision_language_only:
            return 1.0
        return float(SYSTEMS[self.model.system].get('vision_language_share', 0.0))

    @property
    def samples_per_stream(self) -> tuple[int, int]:
        """Numbers of robot and vision-language samples of each stream in every step."""
        per_stream = self.batch_size // self.data.num_streams
        vision_language = round(per_stream * self.vision_language_share)
        return per_stream - vision_language, vision_language

    def to_json(self) -> str:
        """Return the whole configuration as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2, default=str) + '\n'


def differing_fields(
    one: Mapping[str, Any], other: Mapping[str, Any], path: str = ''
) -> list[tuple[str, Any, Any]]:
    """Return the fields that differ between two configurations (JSON objects): path and values."""
    differing: list[tuple[str, Any, Any]] = []
    for key in sorted(one.keys() | other.keys()):
        here = f'{path}{key}'
        a, b = one.get(key), other.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            differing += differing_fields(a, b, f'{here}.')
        elif a != b:
            differing.append((here, a, b))
    return differing
