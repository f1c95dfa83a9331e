# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parse the demo's command line, and check it before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from genvla_command.command_line import check_above_zero, check_at_least, parse
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.shipped.option import CheckpointFolder
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import TASKS, Task

_CONFIG_FILE = 'config.json'


@dataclass(frozen=True)
class DemoOptions:
    """Run the whole loop in the simulator, record it, and write a report."""

    duration: float = 60.0
    """How long the policy is active [s]."""
    task: Annotated[
        str,
        tyro.conf.arg(
            help=f'Task, with its objects on the table; one of {", ".join(TASKS)}.', metavar='TASK'
        ),
    ] = 'PickCarrot+knife'
    instructions: Annotated[tuple[str, ...] | None, tyro.conf.arg(metavar='TEXT ...')] = None
    """Put each instruction in quotes. Each is active for an equal share of the time. Default: the
    task's own instruction, then another one about an object on the table. An instruction that you
    type during the run, or give in the console, replaces them."""
    checkpoint: CheckpointFolder = SHIPPED_CHECKPOINT
    """Checkpoint folder of the policy."""
    seed: int = 0
    """Seed of the scene."""
    out: Path = Path('runs/demo')
    """Folder for the runs."""

    def __post_init__(self) -> None:
        """Reject options that cannot run, before anything starts."""
        check_above_zero(duration=self.duration)
        check_at_least(0, seed=self.seed)
        if self.task not in TASKS:
            raise ValueError(f'no task is called {self.task!r}; the tasks are {", ".join(TASKS)}')
        given = self.instructions
        if given is not None and not (given and all(text.strip() for text in given)):
            raise ValueError(
                f'instructions: got {list(given)}, expected one or more that are not empty, '
                "each in quotes, such as 'pick up the carrot' 'pick up the knife'"
            )
        _check_checkpoint(self.checkpoint)


def parse_options(args: Sequence[str] | None) -> DemoOptions:
    """Return the options; exit with a one-line message if one is invalid."""
    return parse(DemoOptions, args, module='genvla_bringup.demo', description=DemoOptions.__doc__)


def instructions(options: DemoOptions) -> tuple[str, ...]:
    """Return the given instructions, or by default the task's own and then another one."""
    if options.instructions is not None:
        return options.instructions
    # The simulator draws the task from the same seed: some tasks leave colours open.
    task = TASKS[options.task].draw(np.random.default_rng(options.seed))
    return task.instruction, another_instruction(task)


def another_instruction(task: Task) -> str:
    """Return an instruction about an object of a drawn task that differs from the task's own."""
    picks = [
        f'pick up the {OBJECTS[name].words}'
        for name in task.objects
        if OBJECTS[name].grasp_x_m is not None
    ]
    push = f'push the {OBJECTS[task.target].words} to the left'
    return next(text for text in (*picks, push) if text != task.instruction)


def _check_checkpoint(folder: Path) -> None:
    """Reject a folder that does not look like a checkpoint; loading it does the full check."""
    remedy = (
        'expected a checkpoint; python -m genvla_policy.checkpoint.tiny FOLDER makes a tiny one'
    )
    if not folder.is_dir():
        raise ValueError(f'there is no folder {folder}; {remedy}')
    if not (folder / _CONFIG_FILE).is_file():
        held = ', '.join(sorted(path.name for path in folder.iterdir())[:8]) or 'nothing'
        raise ValueError(f'{folder} holds {held}, but no {_CONFIG_FILE}; {remedy}')
