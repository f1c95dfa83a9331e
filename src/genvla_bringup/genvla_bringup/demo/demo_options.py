# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo's command line, checked before anything starts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genvla_command import option_types
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import TASKS, Task

_CONFIG_FILE = 'config.json'


def parse(args: Sequence[str] | None) -> argparse.Namespace:
    """Returns the options; what is wrong with one ends the program with a sentence."""
    parser = argparse.ArgumentParser(
        prog='python -m genvla_bringup.demo',
        description='The whole loop in the simulator, recorded and reported.',
    )
    add = parser.add_argument
    add(
        '--duration',
        type=option_types.duration_s,
        default=60.0,
        metavar='S',
        help='the policy acts for S seconds (60)',
    )
    add(
        '--task',
        choices=[*TASKS],
        default='PickCarrot+knife',
        metavar='TASK',
        help=f'what lies on the table (PickCarrot+knife); one of {", ".join(TASKS)}',
    )
    add(
        '--instructions',
        nargs='*',
        metavar='TEXT',
        help='two, in quotes: what the policy is told, and what from half time on '
        "(the task's own, and another one about what is on the table)",
    )
    add(
        '--checkpoint',
        type=checkpoint_folder,
        default=SHIPPED_CHECKPOINT,
        metavar='FOLDER',
        help='what the policy is (the tiny one that comes with genvla)',
    )
    add(
        '--seed',
        type=option_types.seed,
        default=0,
        metavar='N',
        help='of the scene (0)',
    )
    add(
        '--out',
        type=Path,
        default=Path('runs/demo'),
        metavar='FOLDER',
        help='where runs go (runs/demo)',
    )
    options = parser.parse_args(args)
    if options.instructions is not None and not _are_two(options.instructions):
        parser.error(
            f'argument --instructions: got {options.instructions}, expected two that are not '
            "empty, each in quotes, such as 'pick up the carrot' 'pick up the knife'"
        )
    return options


def instructions(options: argparse.Namespace) -> tuple[str, str]:
    """Returns the two instructions: those asked for, or the task's own and then another one."""
    if options.instructions is not None:
        first, second = options.instructions
        return first, second
    # As the simulator draws it from the same seed: some tasks leave colours open.
    task = TASKS[options.task].draw(np.random.default_rng(options.seed))
    return task.instruction, another_instruction(task)


def another_instruction(task: Task) -> str:
    """Returns an instruction about an object on a drawn task's table that is not its own."""
    picks = [
        f'pick up the {OBJECTS[name].words}'
        for name in task.objects
        if OBJECTS[name].grasp_x_m is not None
    ]
    push = f'push the {OBJECTS[task.target].words} to the left'
    return next(text for text in (*picks, push) if text != task.instruction)


def checkpoint_folder(text: str) -> Path:
    """Returns the path of what looks like a checkpoint; loading it shows whether it is one."""
    folder = Path(text)
    remedy = (
        'expected a checkpoint; python -m genvla_policy.checkpoint.tiny FOLDER makes a tiny one'
    )
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f'there is no folder {folder}; {remedy}')
    if not (folder / _CONFIG_FILE).is_file():
        held = ', '.join(sorted(path.name for path in folder.iterdir())[:8]) or 'nothing'
        raise argparse.ArgumentTypeError(f'{folder} holds {held}, but no {_CONFIG_FILE}; {remedy}')
    return folder


def _are_two(texts: Sequence[str]) -> bool:
    return len(texts) == 2 and all(text.strip() for text in texts)
