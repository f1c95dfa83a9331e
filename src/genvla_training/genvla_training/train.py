# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Train a recipe; every field can be overridden on the command line.

    genvla train --list
    genvla train tiny --steps 20000 --optimizer.learning-rate 5e-4
    torchrun --nproc-per-node 4 -m genvla_training.train pi0_plus_bridge

When started again, a run resumes from its last checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
import difflib
import os
import sys

from accelerate import Accelerator

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_training.data.augmentation import CROP_AREA
from genvla_training.data.episode import BadData
from genvla_training.run.config import TrainConfig
from genvla_training.run.distribution import make_accelerator
from genvla_training.run.lora import add_adapters
from genvla_training.run.recipes import RECIPES, SIMULATED_NAME
from genvla_training.run.run_data import open_data, run_data
from genvla_training.run.run_folder import LOGS_FOLDER, RunFolder, RunMismatch
from genvla_training.run.run_length import with_steps
from genvla_training.run.start_model import StartModel, start_model
from genvla_training.run.train_state import StateUnreadable
from genvla_training.run.trainer import NotFinite, Trainer

_USER_ERRORS = (
    BadData, CheckpointMismatch, NotFinite, OSError, RunMismatch, StateUnreadable, ValueError,
)  # fmt: skip


def train(config: TrainConfig) -> list[dict[str, float]]:
    """Train to the last step, from the last checkpoint if there is one.

    Returns:
        "step" and "loss" of every step of this call.

    Raises:
        BadData: A data set cannot be read.
        CheckpointMismatch: The run cannot start from the checkpoint that it names.
        NotFinite: The loss is not finite.
        OSError: The folder is not writable.
        RunMismatch: The folder holds another run.
        StateUnreadable: The last checkpoint is damaged.
        ValueError: The configuration does not work with this number of processes.
    """
    folder = RunFolder(config.out)
    accelerator = make_accelerator(config, config.out / LOGS_FOLDER)
    if accelerator.is_main_process:
        folder.begin(config)
    opened = open_data(config)
    if accelerator.is_main_process:
        folder.check_data(opened.fingerprints | _adapted(config))
    start = start_model(
        config.model,
        opened.statistics,
        control_rate_hz=opened.control_rate_hz,
        seed=config.seed,
        is_empty=config.fsdp and not accelerator.is_main_process,
        aspect_ratio=opened.aspect_ratio,
        center_crop=CROP_AREA if config.augmentation.images else 1.0,
        lower_case=config.lower_case,
        begun_share=config.augmentation.begun_share,
    )
    if config.lora.rank:
        add_adapters(start.model, config.lora)
    data = run_data(config, opened, start)
    config = with_steps(config, data)
    accelerator.init_trackers('genvla')
    try:
        trainer = Trainer(config, start, data, accelerator, folder)
        if accelerator.is_main_process:
            _describe(config, start, accelerator, trainer)
        return list(trainer.run())
    finally:
        accelerator.end_training()


def _adapted(config: TrainConfig) -> dict[str, str]:
    """Return a hash of the checkpoint that the adapters build on, if there are adapters.

    Its weights are not in the run's own checkpoints, so resuming reads them again.
    """
    if not (config.lora.rank and config.model.init):
        return {}
    return {'model.init': checkpoint_sha256(config.model.init)}


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    given = list(sys.argv[1:] if args is None else args)
    if not given or given[0] == '--list' or given[0] not in RECIPES:
        _list(given)
    config = parse(
        TrainConfig,
        given[1:],
        default=RECIPES[given[0]](),
        module=f'genvla_training.train {given[0]}',
        description=RECIPES[given[0]].summary,
    )
    with ends_with_a_sentence(
        *_USER_ERRORS, if_stopped='run the same command again to resume from the last checkpoint'
    ):
        train(config)
    if os.environ.get('RANK', '0') == '0':
        print(_next(config))


def _next(config: TrainConfig) -> str:
    """Return the suggested next command for the last checkpoint of a run."""
    _, checkpoint = RunFolder(config.out).checkpoints()[-1]
    if config.model.vision_language_only:
        return f'next: genvla train tiny --model.init {checkpoint} (or small)'
    if any(each.name == SIMULATED_NAME for each in config.robot):
        return f'next: genvla eval rollouts --checkpoint {checkpoint}'
    return f'next: genvla eval replay BAG --checkpoint {checkpoint} --out runs/replay/new'


def _list(given: Sequence[str]) -> None:
    """Print the recipes and exit; report an unknown recipe."""
    widest = max(map(len, RECIPES))
    for name, recipe in RECIPES.items():
        print(f'{name:{widest}}  {length(recipe()):24}  {recipe.summary}')
    if given and given[0] not in ('--list', '-h', '--help'):
        close = difflib.get_close_matches(given[0], RECIPES, n=1)
        meant = f'; did you mean {close[0]!r}?' if close else ''
        raise SystemExit(f'no recipe is called {given[0]!r}; all recipes are listed above{meant}')
    raise SystemExit(0)


def length(config: TrainConfig) -> str:
    """Return the length of a run in words."""
    if config.passes:
        return f'{config.passes:g} passes, batch {config.batch_size}'
    return f'{config.steps} steps of {config.batch_size}'


def _describe(
    config: TrainConfig, start: StartModel, accelerator: Accelerator, trainer: Trainer
) -> None:
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    print(
        f'{start.config.name}: {start.model.num_parameters / 1e6:.1f} M weights, '
        f'{trained / 1e6:.1f} M of them trained, on {accelerator.num_processes} '
        f'process(es) with {accelerator.device}; step {trainer.step} of '
        f'{config.steps}; {config.out}'
    )


if __name__ == '__main__':
    main()
