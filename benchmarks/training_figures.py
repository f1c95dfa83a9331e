# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the speed of training, and whether the data loader keeps up with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
import json
from pathlib import Path
import time

import cv2
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from genvla_command.end_effector_action import ACTION_NAMES
from genvla_training.data.lerobot import LeRobotWriter
from genvla_training.data.loader import LoadedBatch, load_batches
from genvla_training.data.mixture import Part
from genvla_training.run.config import RobotData, TrainConfig, VisionLanguageData
from genvla_training.run.distribution import make_accelerator
from genvla_training.run.recipes import tiny_system
from genvla_training.run.run_data import RunData, open_data, run_data
from genvla_training.run.run_folder import RunFolder
from genvla_training.run.start_model import StartModel, start_model
from genvla_training.run.trainer import Trainer

_HEIGHT, _WIDTH = 240, 320
_EPISODES, _STEPS_PER_EPISODE = 48, 20
_CONVERSATIONS = 400
_ROWS, _ROWS_PER_GROUP = 3200, 100
"""Row groups as on the Hub for data with pictures; more rows than the streams hold at once."""

_TURNS = [
    {'from': 'human', 'value': '<image>\nwhat is in the picture?'},
    {'from': 'gpt', 'value': 'a carrot, a plate.'},
]

Measured = tuple[str, Sequence[float], str]


def training(folder: Path) -> list[Measured]:
    """Measure samples per second of the tiny pi0_plus with its data, and of the loader alone.

    The memory growth of the process is measured from a tenth of the steps to their end; their
    number is an hour's worth at the measured rate.
    """
    config = _config(folder)
    parquet_config = replace(
        config,
        model=replace(config.model, vision_language_only=True),
        vision_language=(VisionLanguageData(_write_parquet(folder), format='parquet'),),
    )
    opened = open_data(config)
    start = start_model(config.model, opened.statistics, control_rate_hz=5.0, seed=0)
    data = run_data(config, opened, start)
    trained = _trained_per_s(config, start, data)
    robot, conversations = data.parts
    (parquet,) = run_data(parquet_config, open_data(parquet_config), start).parts
    loaded = {
        name: _loaded_per_s(config, start, part)
        for name, part in (('robot', robot), ('vl', conversations), ('parquet', parquet))
    }
    appetite = float(np.median(trained)) / 2.0  # each kind is half of every batch
    hour = round(3600.0 * 2.0 * appetite / config.batch_size)
    growth = _growth_mb(_batches(config, start, data), hour)
    return [
        ('train_tiny_samples_per_s', trained, '1/s'),
        *((f'load_{name}_samples_per_s', rates, '1/s') for name, rates in loaded.items()),
        *(
            (f'load_{name}_over_appetite', [rate / appetite for rate in rates], '')
            for name, rates in loaded.items()
        ),
        ('load_memory_growth_mb', [growth], 'MB'),
    ]


def _trained_per_s(config: TrainConfig, start: StartModel, data: RunData) -> list[float]:
    accelerator = make_accelerator(config, config.out / 'logs')
    folder = RunFolder(config.out)
    folder.begin(config)
    steps = Trainer(config, start, data, accelerator, folder).run()
    return _rates(steps, config.batch_size, count=10)


def _loaded_per_s(config: TrainConfig, start: StartModel, part: Part) -> list[float]:
    batches = load_batches([part], start.config, config.data)
    per_batch = part.per_step * config.data.num_streams
    return _rates(batches, per_batch, count=40)


def _rates(work: Iterator[object], samples: int, *, count: int) -> list[float]:
    next(work)  # warm-up
    rates = []
    for _ in range(count):
        begun_s = time.perf_counter()
        next(work)
        rates.append(samples / (time.perf_counter() - begun_s))
    return rates


def _growth_mb(batches: Iterator[LoadedBatch], steps: int) -> float:
    process = psutil.Process()
    early = 0
    for step in range(steps):
        next(batches)
        if step == steps // 10:
            early = process.memory_info().rss
    return float(process.memory_info().rss - early) / 1e6


def _batches(config: TrainConfig, start: StartModel, data: RunData) -> Iterator[LoadedBatch]:
    return load_batches(data.parts, start.config, config.data)


def _config(folder: Path) -> TrainConfig:
    """Return the recipe of the tiny pi0_plus, with data in the simulator's shapes."""
    recipe = tiny_system('pi0_plus')
    write_demos(folder / 'demos')
    write_conversations(folder / 'vl')
    return TrainConfig(
        out=folder / 'run',
        model=recipe.model,
        robot=(RobotData(folder / 'demos'),),
        vision_language=(VisionLanguageData(folder / 'vl' / 'vl.json'),),
        batch_size=recipe.batch_size,
        max_text_tokens=recipe.max_text_tokens,
        optimizer=recipe.optimizer,
    )


def write_demos(folder: Path) -> None:
    """Write robot data in the simulator's shapes."""
    rng = np.random.default_rng(0)
    with LeRobotWriter(
        folder,
        fps=5,
        robot_type='vx300s',
        cameras={'table': (_HEIGHT, _WIDTH)},
        state_names=['waist'],
        action_names=ACTION_NAMES,
    ) as writer:
        for _ in range(_EPISODES):
            actions = rng.normal(0.0, 0.02, (_STEPS_PER_EPISODE, 7))
            actions[:, 6] = 1.0
            writer.add_episode(
                frames=((_picture(rng),) for _ in actions),
                states_TS=np.zeros((len(actions), 1)),
                actions_TA=actions,
                task='pick up the carrot',
            )


def write_conversations(folder: Path) -> None:
    """Write pictures with one question each."""
    rng = np.random.default_rng(1)
    (folder / 'images').mkdir(parents=True)
    entries = []
    for number in range(_CONVERSATIONS):
        image = f'images/{number}.jpg'
        (folder / image).write_bytes(_jpeg(rng))
        entries.append({'id': str(number), 'image': image, 'conversations': _TURNS})
    (folder / 'vl.json').write_text(json.dumps(entries), encoding='utf-8')


def _write_parquet(folder: Path) -> Path:
    rng = np.random.default_rng(2)
    pictures = [{'bytes': _jpeg(rng), 'path': None} for _ in range(_CONVERSATIONS)]
    rows = [
        {'image': pictures[number % _CONVERSATIONS], 'conversations': _TURNS}
        for number in range(_ROWS)
    ]
    path = folder / 'rows.parquet'
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=_ROWS_PER_GROUP)
    return path


def _jpeg(rng: np.random.Generator) -> bytes:
    return bytes(cv2.imencode('.jpg', _picture(rng))[1])


def _picture(rng: np.random.Generator) -> np.ndarray:
    """Draw blobs on a plain background, about as hard to encode as the simulator's pictures."""
    picture = np.full((_HEIGHT, _WIDTH, 3), rng.integers(60, 200, 3), np.uint8)
    for _ in range(6):
        x, y = rng.integers(0, _WIDTH), rng.integers(0, _HEIGHT)
        cv2.circle(picture, (int(x), int(y)), 20, rng.integers(0, 255, 3).tolist(), -1)
    return picture
