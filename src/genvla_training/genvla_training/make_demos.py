# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Record demonstrations of the simulator's tasks by a scripted expert, as a LeRobot data set.

    genvla data demos data/demos

The executed actions are disturbed, while the recorded ones are the expert's. A policy that
imitates them sees mistakes and their corrections. A killed run resumes when started again.
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
"""Task, number of distractors and seed of every episode, from which its scene is rebuilt."""
EPISODES_PER_PART = 40
"""Maximum number of episodes that each worker loses when a run is killed."""

_MAX_STEPS = 80
_MAX_SEEDS = 100
"""Maximum number of consecutive failing seeds; with the default disturbance one in 300 fails."""


class NeverSucceeds(RuntimeError):
    """The expert failed with every seed; the message names the task."""


@dataclass(frozen=True)
class DemoOptions:
    """Demonstrations to record."""

    out: tyro.conf.Positional[Path]
    """Folder to write; until it is complete, its parts are in OUT.parts."""
    episodes: int = 3600
    """Total number of episodes over all tasks."""
    tasks: tuple[str, ...] = tuple(TASKS)
    """Tasks to record in rotation; `python -m genvla_sim.gallery --help` lists them."""
    distractors: int = 2
    """Maximum number of objects that the task does not need; episodes cycle from none to this
    number. A scene without enough room has fewer."""
    seed: int = FIRST_TRAINING_SEED
    """Seed of the first episode; later episodes use the following seeds."""
    horizon: int = 8
    """Number of future expert actions stored with each image; 1: only the next action."""
    disturbance: Disturbance = field(default_factory=Disturbance)
    """Difference between the executed actions and the expert's."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        check_at_least(1, episodes=self.episodes, horizon=self.horizon)
        check_at_least(0, distractors=self.distractors)
        if self.seed < FIRST_TRAINING_SEED:
            raise ValueError(
                f'seed is {self.seed}, expected {FIRST_TRAINING_SEED} or more: lower seeds are '
                'for evaluation'
            )
        unknown = [name for name in self.tasks if name not in TASKS]
        if unknown or not self.tasks:
            wrong = f'no task is called {unknown[0]!r}' if unknown else 'no task is given'
            raise ValueError(f'{wrong}; available: {", ".join(sorted(TASKS))}')
        for name in self.tasks:
            TASKS[name].cluttered(self.distractors)

    @property
    def parts_folder(self) -> Path:
        """Folder of the parts until all are complete."""
        return self.out.with_name(f'{self.out.name}.parts')


def make_demos(options: DemoOptions, *, workers: int) -> None:
    """Write the data set, reusing the complete parts of an earlier run.

    Args:
        options: Demonstrations to record.
        workers: Number of worker processes.

    Raises:
        SettingsMismatch: The folder was started with other options.
        FileExistsError: The data set already exists.
        NeverSucceeds: The disturbance is too large for the expert.
        OSError: The folder is not writable.
    """
    if options.out.exists():
        raise FileExistsError(f'{options.out} already exists; delete it or choose another folder')
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
    """Run the command line."""
    options = parse(DemoOptions, args, module='genvla_training.make_demos', description=__doc__)
    with ends_with_a_sentence(
        *USER_ERRORS,
        NeverSucceeds,
        if_stopped='finished parts are kept: run the same command again to resume',
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
                replace=True,  # left over from a killed run
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
    """Return the episode of the first successful seed; no two numbers share a seed."""
    first = options.seed + number
    seeds = range(first, first + _MAX_SEEDS * options.episodes, options.episodes)
    for seed in seeds:
        made = demonstrate(env, seed, options.disturbance, horizon=options.horizon)
        if made is not None:
            return made
    raise NeverSucceeds(
        f'{env.task.name}: the expert failed with {_MAX_SEEDS} consecutive seeds from {first} on; '
        'reduce the disturbance'
    )


def _join_parts(options: DemoOptions, parts: Sequence[Path]) -> None:
    """Merge all parts into one data set and delete them."""
    merged = options.parts_folder / 'merged'
    merge(parts, merged, replace=True)
    seeds = [entry for part in parts for entry in json.loads((part / SEEDS_FILE).read_text())]
    (merged / SEEDS_FILE).write_text(json.dumps(seeds), encoding='utf-8')
    merged.rename(options.out)
    shutil.rmtree(options.parts_folder)


if __name__ == '__main__':
    main()
