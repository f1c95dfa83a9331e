# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure a checkpoint and write how well it does into its card: python -m genvla_eval.card.

Rollouts of all twelve tasks, in the simulator; the same command goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.kept_settings import SettingsMismatch
from genvla_command.ray_jobs import RayFailed
from genvla_eval.rollouts import EVERY_TASK, RolloutOptions, run_rollouts
from genvla_eval.suite.cells import PICKS
from genvla_eval.suite.episodes import EpisodeOptions
from genvla_policy.checkpoint.folder import CARD_FILE, CheckpointMismatch

_HEADING = '## How well it does'
_SECTION = re.compile(rf'{_HEADING}\n.*?(?=^## |\Z)', re.DOTALL | re.MULTILINE)
_GROUPS = {'the three Pick tasks': PICKS}


@dataclass(frozen=True)
class CardOptions(EpisodeOptions):
    """Which checkpoint is measured, and how."""

    out: Path = Path('runs') / 'card'
    """Folder of the episodes, or of a run to go on with."""
    episodes: int = 100
    """Of each task."""
    latency_s: float = 0.1
    """From an image to the chunk that answers it [s]."""


def measure(options: CardOptions) -> str:
    """Play the episodes, and return the card's section.

    Raises:
        CheckpointMismatch: The folder holds no whole checkpoint.
        SettingsMismatch: The run in the folder was begun otherwise.
        OSError: The folder cannot be written.
    """
    rollouts = RolloutOptions(
        checkpoint=options.checkpoint,
        workers=options.workers,
        ray=options.ray,
        task=(EVERY_TASK,),
        episodes=options.episodes,
        latency_s=(options.latency_s,),
        out=options.out,
    )
    return section(run_rollouts(rollouts), options)


def section(reports: Iterable[Mapping[str, Any]], options: CardOptions) -> str:
    """Return the card's section on reports of run_rollouts()."""
    tasks = {report['task']: report for report in reports}
    lines = [
        f'| {name} | {report["successes"]} of {report["episodes"]} | '
        f'{report["wilson_95"][0]:.0%} to {report["wilson_95"][1]:.0%} | {_steps(report)} | '
        f'{report["stopped"]} |'
        for name, report in tasks.items()
    ]
    others = [name for name in tasks if name not in PICKS]
    means = [
        f'{name}: {_share(tasks, group):.0%} on average.'
        for name, group in (*_GROUPS.items(), (f'the other {len(others)}', others))
        if set(group) <= set(tasks) and group
    ]
    return '\n'.join(
        [
            _HEADING,
            '',
            f'    python -m genvla_eval.card --episodes {options.episodes} '
            f'--latency-s {options.latency_s:g}',
            '',
            'Closed loop in the simulator, on scenes that it was never trained on, with two '
            'things on the table that are not asked for.',
            "The bridge's own controller moves the arm, with all its rules.",
            '',
            '| task | done | 95 % interval | steps | arm stopped by a rule |',
            '|---|---|---|---|---|',
            *lines,
            '',
            *(f'{mean[0].upper()}{mean[1:]}' for mean in means),
            '',
            '',
        ]
    )


def with_section(card: str, text: str) -> str:
    """Return a card with its section replaced; at its end, if it has none."""
    if _SECTION.search(card):
        return _SECTION.sub(lambda _match: text, card, count=1).rstrip('\n') + '\n'
    return card.rstrip('\n') + '\n\n' + text.rstrip('\n') + '\n'


def _share(tasks: Mapping[str, Mapping[str, Any]], group: Sequence[str]) -> float:
    episodes = sum(tasks[name]['episodes'] for name in group)
    return float(sum(tasks[name]['successes'] for name in group) / episodes)


def _steps(report: Mapping[str, Any]) -> str:
    return '-' if report['mean_steps'] is None else f'{report["mean_steps"]:.0f}'


def main(args: Sequence[str] | None = None) -> None:
    """Measure, and write the card."""
    options = parse(CardOptions, args, module='genvla_eval.card', description=__doc__)
    with ends_with_a_sentence(
        CheckpointMismatch,
        BrokenProcessPool,
        RayFailed,
        SettingsMismatch,
        OSError,
        ValueError,
        if_stopped='the same command goes on',
    ):
        text = measure(options)
        card = options.checkpoint / CARD_FILE
        card.write_text(with_section(card.read_text(encoding='utf-8'), text), encoding='utf-8')
        print(text)


if __name__ == '__main__':
    main()
