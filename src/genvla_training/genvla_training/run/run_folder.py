# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a training run, and its checkpoints.

RUN/train_config.json                configuration of the run
RUN/data.json                        hashes of its data
RUN/logs/                            TensorBoard logs
RUN/metrics.jsonl                    the same numbers, one line per report
RUN/step-000500/                     a checkpoint folder, for Policy.load and the policy node
RUN/step-000500/training/            state for resuming: optimizer, weights, step
"""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
import fcntl
import json
import os
from pathlib import Path
import shutil
from typing import Any, TextIO

from genvla_command.whole_folder import write_whole
from genvla_training.run.config import TrainConfig, differing_fields

CONFIG_FILE = 'train_config.json'
DATA_FILE = 'data.json'
LOGS_FOLDER = 'logs'
METRICS_FILE = 'metrics.jsonl'
_LOCK_FILE = '.lock'

_VALIDATION = 'validation.every_steps'

# Fields that may change when a run resumes, because they do not change what is learnt.
_MAY_CHANGE = {
    'out', 'num_workers', 'save_every_steps', 'keep_checkpoints', 'log_every_steps', 'wandb',
    'fsdp', 'micro_batch_size', 'gradient_checkpointing', _VALIDATION, 'validation.num_samples',
    'data.skip_bad',
}  # fmt: skip


class RunMismatch(ValueError):
    """The folder belongs to another run; the message lists the differences."""


class RunFolder:
    """The output folder of a run.

    Attributes:
        path: Path of the folder.
    """

    def __init__(self, path: Path) -> None:
        """Store the path of the folder."""
        self.path = path
        self._locked: TextIO | None = None

    def begin(self, config: TrainConfig) -> None:
        """Create the folder and write the configuration; with checkpoints, check that it matches.

        A run without checkpoints has nothing to resume, so its configuration may change.

        Raises:
            RunMismatch: The folder belongs to another run or holds other files, or a process is
                training in it.
        """
        file = self.path / CONFIG_FILE
        if file.exists():
            self._lock()
        if file.exists() and self.checkpoints():
            may_change = _MAY_CHANGE
            if config.optimizer.schedule == 'constant':
                # The other schedules depend on the total number of steps.
                may_change = may_change | {'steps', 'passes'}
            differing = [
                f'{field} ({begun}, now {now})'
                for field, begun, now in differing_fields(
                    _with_defaults(_read(file)), json.loads(config.to_json())
                )
                # Switching validation on or off changes the training data, because it changes the
                # held-out data.
                if field not in may_change or (field == _VALIDATION and not (begun and now))
            ]
            if differing:
                raise RunMismatch(
                    f'{self.path} was started with another configuration: {"; ".join(differing)}. '
                    'Resume with the same one, or choose another folder with --out'
                )
        elif not file.exists() and self.path.exists() and any(self.path.iterdir()):
            raise RunMismatch(
                f'{self.path} is not empty and has no {CONFIG_FILE}; choose another folder with '
                '--out'
            )
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock()
        if not self.checkpoints():
            # Remove the logs of a start that failed.
            (self.path / METRICS_FILE).unlink(missing_ok=True)
            shutil.rmtree(self.path / LOGS_FOLDER, ignore_errors=True)
        write_whole(file, config.to_json())

    def _lock(self) -> None:
        """Keep other processes out until this one exits."""
        if self._locked is not None:
            return
        locked = (self.path / _LOCK_FILE).open('w')
        try:
            fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            locked.close()
            raise RunMismatch(
                f'another process is training in {self.path}; end it, or choose another folder '
                'with --out'
            ) from None
        self._locked = locked

    def check_data(self, fingerprints: Mapping[str, str]) -> None:
        """Write the hashes of the data; with checkpoints, check that they are unchanged.

        A position in the data is a number of steps, so it is valid only for the same data.

        Args:
            fingerprints: A hash of each data set, by name.

        Raises:
            RunMismatch: A data set has changed since the run started.
        """
        file = self.path / DATA_FILE
        begun = _read(file) if file.exists() and self.checkpoints() else fingerprints
        changed = [name for name, hashed in fingerprints.items() if begun.get(name) != hashed]
        if changed:
            raise RunMismatch(
                f'{self.path} was started with other data: {", ".join(changed)} has changed '
                'since. Restore the data, or choose another folder with --out'
            )
        write_whole(file, json.dumps(fingerprints, indent=2))

    def log(self, report: Mapping[str, float]) -> None:
        """Append a line of metrics; if a resumed run repeats steps, the last line counts."""
        with (self.path / METRICS_FILE).open('a+b') as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b'\n':
                    # A process was killed while writing a line.
                    file.write(b'\n')
            file.write(json.dumps(report).encode() + b'\n')

    def checkpoint(self, step: int) -> Path:
        """Return the folder of the checkpoint after a step."""
        return self.path / f'step-{step:06d}'

    def checkpoints(self) -> list[tuple[int, Path]]:
        """Return the complete checkpoints with their steps, the oldest first."""
        found = []
        for folder in self.path.glob('step-*'):
            number = folder.name.removeprefix('step-')
            if number.isdigit() and folder.is_dir():
                found.append((int(number), folder))
        return sorted(found)

    def keep_last(self, count: int) -> None:
        """Delete all checkpoints except the last ones, and leftovers of killed processes."""
        for _, folder in self.checkpoints()[:-count]:
            # Rename it first, so that a partly deleted folder is not taken for a checkpoint.
            folder.rename(folder.with_suffix('.removed'))
        for pattern in ('step-*.partial', 'step-*.replaced', 'step-*.removed'):
            for left in self.path.glob(pattern):
                shutil.rmtree(left)


def _with_defaults(begun: Mapping[str, Any]) -> dict[str, Any]:
    """Add fields that did not exist when a run started; their defaults change nothing.

    Fields of data sets, which are in lists, are not added.
    """
    filled = dict(begun)
    for each in dataclasses.fields(TrainConfig):
        if each.default_factory is not dataclasses.MISSING:
            default = each.default_factory()
            if dataclasses.is_dataclass(default) and not isinstance(default, type):
                known = json.loads(json.dumps(dataclasses.asdict(default), default=str))
                filled[each.name] = known | filled.get(each.name, {})
        elif each.default is not dataclasses.MISSING:
            filled.setdefault(each.name, each.default)
    return filled


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding='utf-8'))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RunMismatch(
            f'{file} is damaged or not from genvla; choose another folder with --out'
        )
    return found
