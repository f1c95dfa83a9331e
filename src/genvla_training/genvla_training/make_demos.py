# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Make demonstrations of the simulator's tasks by its scripted expert, as a LeRobot data set.

    python -m genvla_training.make_demos demos --episodes 2000

What is executed is disturbed, what is recorded is what the expert says, so a clone sees mistakes
and how they are made good. Killed, it goes on where it was when started again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import shutil

import tyro

from genvla_sim.processes import in_processes
from genvla_sim.tabletop_env import CONTROL_PERIOD_S, TabletopEnv
from genvla_sim.tasks import TASKS
from genvla_training.data.lerobot import LeRobotWriter, merge
from genvla_training.synthetic.demonstrations import (
    ACTION_NAMES,
    STATE_NAMES,
    Demonstration,
    Disturbance,
    demonstrate,
)
from genvla_training.synthetic.scenes import PICTURE_SIZE
from genvla_training.synthetic.settings import keep_settings

CAMERA = 'table'
SEEDS_FILE = 'meta/seeds.json'
"""Task and seed of every episode."""
FIRST_SEED = 1_000_000
"""Evaluation counts from 0, so it never sees a scene that was trained on."""

_EPISODES_PER_PART = 40
_MAX_STEPS = 80
PICKS = ('PickCarrot', 'PickEggplant', 'PickKnife')


@dataclass(frozen=True)
class DemoOptions:
    """Demonstrations."""

    out: tyro.conf.Positional[Path]
    """Folder to write."""
    episodes: int = 2000
    """How many, over all tasks."""
    tasks: tuple[str, ...] = PICKS
    """Names from genvla_sim.tasks.TASKS, in turn."""
    distractors: int = 2
    """Things on the table that the task does not need, at most; from none to so many in turn."""
    seed: int = FIRST_SEED
    """The episodes have this seed and those after it."""
    disturbance: Disturbance = field(default_factory=Disturbance)
    """How what is executed differs from what the expert says."""

    def __post_init__(self) -> None:
        """Refuse tasks that there are not."""
        unknown = [name for name in self.tasks if name not in TASKS]
        if unknown:
            raise ValueError(f'no task is called {unknown[0]!r}; there are {sorted(TASKS)}')

    @property
    def parts_folder(self) -> Path:
        """Where the parts lie until all are there."""
        return self.out.with_name(f'{self.out.name}.parts')


def make_demos(options: DemoOptions, *, workers: int) -> None:
    """Write the data set; what an earlier run has made of it is kept.

    Raises:
        SettingsMismatch: The folder was begun with other options.
        FileExistsError: The data set is there already.
    """
    if options.out.exists():
        raise FileExistsError(f'{options.out} is there already; delete it or name another folder')
    parts_folder = options.parts_folder
    keep_settings(parts_folder, options)
    parts = range(-(-options.episodes // _EPISODES_PER_PART))
    jobs = [(options, part) for part in parts if not _part_folder(options, part).exists()]
    sizes = [len(_numbers(options, part)) for _, part in jobs]
    for _ in in_processes(
        _make_part,
        jobs,
        sizes=sizes,
        workers=workers,
        unit='episode',
        already_done=options.episodes - sum(sizes),
    ):
        pass
    merged = parts_folder / 'merged'
    merge([_part_folder(options, part) for part in parts], merged)
    seeds = [
        entry
        for part in parts
        for entry in json.loads((_part_folder(options, part) / SEEDS_FILE).read_text())
    ]
    (merged / SEEDS_FILE).write_text(json.dumps(seeds), encoding='utf-8')
    merged.rename(options.out)
    shutil.rmtree(parts_folder)


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = tyro.cli(DemoOptions, args=args, description=__doc__)
    make_demos(options, workers=os.cpu_count() or 1)
    print(f'{options.episodes} episodes in {options.out}')


def _make_part(job: tuple[DemoOptions, int]) -> None:
    options, part = job
    width, height = PICTURE_SIZE
    envs: dict[tuple[str, int], TabletopEnv] = {}
    seeds = []
    folder = _part_folder(options, part)
    unfinished = folder.with_name(f'{folder.name}.unfinished')
    with LeRobotWriter(
        unfinished,
        fps=round(1.0 / CONTROL_PERIOD_S),
        robot_type='vx300s',
        cameras={CAMERA: (height, width)},
        state_names=STATE_NAMES,
        action_names=ACTION_NAMES,
    ) as writer:
        for number in _numbers(options, part):
            task = options.tasks[number % len(options.tasks)]
            clutter = number // len(options.tasks) % (options.distractors + 1)
            if (task, clutter) not in envs:
                envs[task, clutter] = TabletopEnv(
                    TASKS[task].cluttered(clutter), image_size=PICTURE_SIZE, max_steps=_MAX_STEPS
                )
            demonstration = _first_success(envs[task, clutter], options, number)
            writer.add_episode(
                frames=((frame,) for frame in demonstration.frames),
                states_TS=demonstration.states_TS,
                actions_TA=demonstration.actions_TA,
                task=demonstration.instruction,
            )
            seeds.append({'task': task, 'seed': demonstration.seed})
    (unfinished / SEEDS_FILE).write_text(json.dumps(seeds), encoding='utf-8')
    for env in envs.values():
        env.close()
    unfinished.rename(folder)


def _first_success(env: TabletopEnv, options: DemoOptions, number: int) -> Demonstration:
    """The episode of the first seed of this number that succeeds; seeds of numbers are apart."""
    seed = options.seed + number
    while (made := demonstrate(env, seed, options.disturbance)) is None:
        seed += options.episodes
    return made


def _numbers(options: DemoOptions, part: int) -> range:
    first = part * _EPISODES_PER_PART
    return range(first, min(first + _EPISODES_PER_PART, options.episodes))


def _part_folder(options: DemoOptions, part: int) -> Path:
    return options.parts_folder / f'{part:05d}'


if __name__ == '__main__':
    main()
