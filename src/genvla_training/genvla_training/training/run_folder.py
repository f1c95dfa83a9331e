# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a training run, and the checkpoints in it.

RUN/train_config.json                what the run is
RUN/logs/                            TensorBoard
RUN/metrics.jsonl                    the same numbers, a line for each report
RUN/step-000500/                     a checkpoint folder, for Policy.load and the policy node
RUN/step-000500/training/            what going on needs: optimizer, weights, random numbers
"""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
import shutil

from genvla_training.training.config import TrainConfig, differing_fields

CONFIG_FILE = 'train_config.json'
LOGS_FOLDER = 'logs'
METRICS_FILE = 'metrics.jsonl'

# Fields that may change between two parts of a run: they do not change what is learnt.
_MAY_CHANGE = (
    'out', 'steps', 'num_workers', 'save_every_steps', 'keep_checkpoints', 'log_every_steps',
    'wandb', 'fsdp', 'micro_batch_size', 'gradient_checkpointing', 'validation', 'data.skip_bad',
)  # fmt: skip


class RunMismatch(ValueError):
    """A run folder that another run was begun in; says what differs."""


class RunFolder:
    """Where a run writes.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        """Name a folder."""
        self.path = path

    def begin(self, config: TrainConfig) -> None:
        """Make the folder and write the configuration, or check that it is the same run.

        Raises:
            RunMismatch: The folder is of another run, or of something else.
        """
        file = self.path / CONFIG_FILE
        if file.exists():
            begun = json.loads(file.read_text(encoding='utf-8'))
            differing = [
                each
                for each in differing_fields(begun, json.loads(config.to_json()))
                if not each.startswith(_MAY_CHANGE)
            ]
            if differing:
                raise RunMismatch(
                    f'{self.path} was begun with another configuration: {"; ".join(differing)}. '
                    'Go on with the same one, or choose another folder with --out'
                )
        elif self.path.exists() and any(self.path.iterdir()):
            raise RunMismatch(
                f'{self.path} is not empty and has no {CONFIG_FILE}; choose another folder with '
                '--out'
            )
        self.path.mkdir(parents=True, exist_ok=True)
        file.write_text(config.to_json(), encoding='utf-8')

    def log(self, report: Mapping[str, float]) -> None:
        """Append a line of metrics; a run that goes on may repeat steps: the last line counts."""
        with (self.path / METRICS_FILE).open('a', encoding='utf-8') as file:
            file.write(json.dumps(report) + '\n')

    def checkpoint(self, step: int) -> Path:
        """Return the folder of the checkpoint after a step."""
        return self.path / f'step-{step:06d}'

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Return the whole checkpoints with their steps, the oldest first."""
        found = []
        for folder in self.path.glob('step-*'):
            number = folder.name.removeprefix('step-')
            if number.isdigit() and folder.is_dir():
                found.append((int(number), folder))
        return sorted(found)

    def keep_last(self, count: int) -> None:
        """Remove all checkpoints but the last ones, and what killed processes have left."""
        for _, folder in self.checkpoints()[:-count]:
            shutil.rmtree(folder)
        for pattern in ('step-*.partial', 'step-*.replaced'):
            for left in self.path.glob(pattern):
                shutil.rmtree(left)
