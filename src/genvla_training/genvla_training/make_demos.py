# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Make demonstrations of the simulator's tasks by its scripted expert, as a LeRobot data set.

    genvla data demos data/demos

What is executed is disturbed, what is recorded is what the expert says: a policy that imitates it
sees mistakes and how they are made good. Killed, it goes on where it was when started again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import shutil

import tyro

from genvla_command.command_line import check_at_least, ends_with_a_sentence, parse
from genvla_command.end_effector_action import ACTION_NAMES
from genvla_command.kept_settings import USER_ERRORS, keep_settings
from genvla_command.parts import Part, make_parts
from genvla_sim.scene.placement import NoRoom
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import CONTROL_PERIOD_S, FIRST_TRAINING_SEED, TabletopEnv
from genvla_training.data.lerobot import LeRobotWriter, merge
from genvla_training.data.lerobot.layout import CONTINUATION, EXECUTED
from genvla_training.synthetic.demonstrations import (
    STATE_NAMES,
    Demonstration,
    Disturbance,
    demonstrate,
)
from genvla_training.synthetic.scenes import PICTURE_SIZE

CAMERA = 'table'
SEEDS_FILE = 'meta/seeds.json'
"""Task, number of distractors and seed of every episode: what its scene is made of."""
EPISODES_PER_PART = 40
"""What is lost at most, for each worker, when a run is killed."""

_MAX_STEPS = 80
_MAX_SEEDS = 100
"""Seeds that may fail in a row; disturbed as by default, one in 300 does."""


class NeverSucceeds(RuntimeError):
    """The expert has not succeeded with any of many seeds; says at what."""


@dataclass(frozen=True)
class DemoOptions:
    """Demonstrations."""

    out: tyro.conf.Positional[Path]
    """Folder to write; until it is whole, its parts lie in OUT.parts."""
    episodes: int = 3600
    """Episodes to record, over all tasks."""
    tasks: tuple[str, ...] = tuple(TASKS)
    """Tasks that take turns; `python -m genvla_sim.gallery --help` names them."""
    distractors: int = 2
    """Things on the table that the task does not need, at most; none, one and so on take turns. A
    scene without room for them has fewer."""
    seed: int = FIRST_TRAINING_SEED
    """Seed of the first episode; the others have those after it."""
    horizon: int = 8
    """Steps of what the expert would do from each picture on; 1: only its next action."""
    disturbance: Disturbance = field(default_factory=Disturbance)
    """How what is executed differs from what the expert says."""

    def __post_init__(self) -> None:
        """Refuse what cannot be recorded."""
        check_at_least(1, episodes=self.episodes, horizon=self.horizon)
        check_at_least(0, distractors=self.distractors)
        if self.seed < FIRST_TRAINING_SEED:
            raise ValueError(
                f'seed is {self.seed}, expected {FIRST_TRAINING_SEED} or more: evaluation has '
                'those before'
            )
        unknown = [name for name in self.tasks if name not in TASKS]
        if unknown or not self.tasks:
            wrong = f'no task is called {unknown[0]!r}' if unknown else 'no task is named'
            raise ValueError(f'{wrong}; there are {", ".join(sorted(TASKS))}')
        for name in self.tasks:
            TASKS[name].cluttered(self.distractors)

    @property
    def parts_folder(self) -> Path:
        """Where the parts lie until all are there."""
        return self.out.with_name(f'{self.out.name}.parts')


def make_demos(options: DemoOptions, *, workers: int) -> None:
    """Write the data set; what an earlier run has made of it is kept.

    Args:
        options: What to record.
        workers: Processes.

    Raises:
        SettingsMismatch: The folder was begun with other options.
        FileExistsError: The data set is there already.
        NeverSucceeds: The disturbance is too much for the expert.
        OSError: The folder cannot be written.
    """
    if options.out.exists():
        raise FileExistsError(f'{options.out} is there already; delete it or name another folder')
    keep_settings(options.parts_folder, options)
    parts = make_parts(
        _make_part,
        options,
        count=options.episodes,
        size=EPISODES_PER_PART,
        path=lambda number: options.parts_folder / f'{number:05d}',
        workers=workers,
        unit='episode',
    )
    _join_parts(options, [part.path for part in parts])


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = parse(DemoOptions, args, module='genvla_training.make_demos', description=__doc__)
    with ends_with_a_sentence(
        *USER_ERRORS,
        NeverSucceeds,
        if_stopped='parts that are whole are kept: start again to go on',
    ):
        make_demos(options, workers=os.cpu_count() or 1)
    print(f'{options.episodes} episodes in {options.out}; next: genvla data inspect {options.out}')


def _make_part(part: Part) -> None:
    options: DemoOptions = part.options
    width, height = PICTURE_SIZE
    seeds = []
    unfinished = part.path.with_name(f'{part.path.name}.unfinished')
    with ExitStack() as opened:
        envs: dict[tuple[str, int], TabletopEnv] = {}
        writer = opened.enter_context(
            LeRobotWriter(
                unfinished,
                fps=round(1.0 / CONTROL_PERIOD_S),
                robot_type='vx300s',
                cameras={CAMERA: (height, width)},
                state_names=STATE_NAMES,
                action_names=ACTION_NAMES,
                extra_names={
                    EXECUTED: ACTION_NAMES,
                    CONTINUATION: [
                        f'{name}_{step}'
                        for step in range(options.horizon)
                        for name in ACTION_NAMES
                    ],
                },
                replace=True,  # what a killed run has left
            )
        )
        for number in part.items:
            task = options.tasks[number % len(options.tasks)]
            clutter = number // len(options.tasks) % (options.distractors + 1)
            demonstration = None
            while demonstration is None:
                if (task, clutter) not in envs:
                    envs[task, clutter] = TabletopEnv(
                        TASKS[task].cluttered(clutter),
                        image_size=PICTURE_SIZE,
                        max_steps=_MAX_STEPS,
                    )
                    opened.callback(envs[task, clutter].close)
                try:
                    demonstration = _first_success(envs[task, clutter], options, number)
                except NoRoom:
                    if not clutter:
                        raise
                    clutter -= 1
            writer.add_episode(
                frames=((frame,) for frame in demonstration.frames),
                states_TS=demonstration.states_TS,
                actions_TA=demonstration.actions_TA,
                task=demonstration.instruction,
                extra={
                    EXECUTED: demonstration.executed_TA,
                    CONTINUATION: demonstration.continuations_THA.reshape(
                        len(demonstration.actions_TA), -1
                    ),
                },
            )
            seeds.append({'task': task, 'distractors': clutter, 'seed': demonstration.seed})
    (unfinished / SEEDS_FILE).write_text(json.dumps(seeds), encoding='utf-8')
    unfinished.rename(part.path)


def _first_success(env: TabletopEnv, options: DemoOptions, number: int) -> Demonstration:
    """The episode of the first seed of this number that succeeds; seeds of numbers are apart."""
    first = options.seed + number
    seeds = range(first, first + _MAX_SEEDS * options.episodes, options.episodes)
    for seed in seeds:
        made = demonstrate(env, seed, options.disturbance, horizon=options.horizon)
        if made is not None:
            return made
    raise NeverSucceeds(
        f'{env.task.name}: the expert failed with {_MAX_SEEDS} seeds in a row, of which the first '
        f'is {first}; disturb it less'
    )


def _join_parts(options: DemoOptions, parts: Sequence[Path]) -> None:
    """Make one data set of all parts, which are gone then."""
    merged = options.parts_folder / 'merged'
    merge(parts, merged, replace=True)
    seeds = [entry for part in parts for entry in json.loads((part / SEEDS_FILE).read_text())]
    (merged / SEEDS_FILE).write_text(json.dumps(seeds), encoding='utf-8')
    merged.rename(options.out)
    shutil.rmtree(options.parts_folder)


if __name__ == '__main__':
    main()
