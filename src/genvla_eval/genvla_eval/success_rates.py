# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Success rates of the scripted expert in the simulator, over seeds, in parallel.

    python -m genvla_eval.success_rates --tasks PickCarrot PickKnife --seeds 100

It shows that the tasks can be solved, and bounds what a policy cloned from the expert can reach.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import json
import os

import numpy as np

from genvla_eval.wilson import wilson_interval
from genvla_sim import command_line
from genvla_sim.processes import in_processes
from genvla_sim.rollout import EpisodeResult, run_expert
from genvla_sim.tabletop_env import TabletopEnv
from genvla_sim.tasks import TASKS

# Episodes that one worker runs in one environment: building a scene costs as much as an episode.
_BATCH = 10


@dataclass(frozen=True)
class SuccessRate:
    """How often a task succeeded.

    Attributes:
        task: name from `TASKS`.
        trials: episodes run.
        successes: episodes that succeeded.
        median_steps: of the successful ones, NaN if there are none.
        failures: how the others ended, by kind.
    """

    task: str
    trials: int
    successes: int
    median_steps: float
    failures: dict[str, int]

    @property
    def rate(self) -> float:
        """Successes per trial, in [0, 1]."""
        return self.successes / self.trials


def summarise(results: Iterable[EpisodeResult]) -> list[SuccessRate]:
    """Return one row a task, in the order in which the tasks first appear."""
    by_task: dict[str, list[EpisodeResult]] = {}
    for result in results:
        by_task.setdefault(result.task, []).append(result)
    return [
        SuccessRate(
            task=task,
            trials=len(episodes),
            successes=sum(episode.success for episode in episodes),
            median_steps=_median([episode.steps for episode in episodes if episode.success]),
            failures=dict(
                Counter(
                    episode.failure.value for episode in episodes if episode.failure is not None
                )
            ),
        )
        for task, episodes in by_task.items()
    ]


def run_expert_episodes(
    tasks: Sequence[str], seeds: Sequence[int], *, workers: int
) -> list[EpisodeResult]:
    """Run the expert on every task and seed; shows progress on a terminal.

    The result does not depend on the number of workers: an episode is a function of task and seed.
    """
    batches = [
        (task, seeds[start : start + _BATCH])
        for task in tasks
        for start in range(0, len(seeds), _BATCH)
    ]
    done = in_processes(
        _run_batch,
        batches,
        sizes=[len(batch_seeds) for _, batch_seeds in batches],
        workers=workers,
        unit='episode',
    )
    results = [result for _, batch_results in done for result in batch_results]
    order = {task: index for index, task in enumerate(tasks)}
    return sorted(results, key=lambda result: (order[result.task], result.seed))


def table(rates: Sequence[SuccessRate]) -> str:
    """Return the rows as a Markdown table, rates in percent with 95 % Wilson intervals."""
    lines = [
        '| task | success | 95 % interval | steps | failures |',
        '|---|---|---|---|---|',
    ]
    for rate in rates:
        low, high = wilson_interval(rate.successes, rate.trials)
        failures = ', '.join(f'{count} {kind}' for kind, count in rate.failures.items()) or '-'
        lines.append(
            f'| {rate.task} | {100 * rate.rate:.1f} % of {rate.trials} '
            f'| {100 * low:.1f} to {100 * high:.1f} | {rate.median_steps:.0f} | {failures} |'
        )
    return '\n'.join(lines)


def main(args: Sequence[str] | None = None) -> None:
    """Command line; prints the table and, with --out, writes it as JSON."""
    parser = argparse.ArgumentParser(
        prog='python -m genvla_eval.success_rates', description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        '--tasks',
        nargs='+',
        choices=list(TASKS),
        default=list(TASKS),
        metavar='TASK',
        help='default: all; names: ' + ', '.join(TASKS),
    )
    parser.add_argument(
        '--seeds', type=command_line.count, default=100, help='seeds 0 to N-1 (100)'
    )
    parser.add_argument('--workers', type=command_line.count, default=os.cpu_count() or 1)
    parser.add_argument(
        '--out', type=command_line.output_file, help='also write the rows to this JSON file'
    )
    options = parser.parse_args(args)
    results = run_expert_episodes(options.tasks, range(options.seeds), workers=options.workers)
    rates = summarise(results)
    if options.out:
        rows = [
            {'task': rate.task, 'trials': rate.trials, 'successes': rate.successes}
            | {'failures': rate.failures}
            for rate in rates
        ]
        options.out.write_text(json.dumps(rows, indent=2) + '\n', encoding='utf-8')
    print(table(rates))


def _run_batch(batch: tuple[str, Sequence[int]]) -> list[EpisodeResult]:
    task, seeds = batch
    env = TabletopEnv(task=task, render_images=False)
    try:
        return [run_expert(env, seed=seed) for seed in seeds]
    finally:
        env.close()


def _median(steps: Sequence[int]) -> float:
    return float(np.median(steps)) if steps else float('nan')


if __name__ == '__main__':
    main()
