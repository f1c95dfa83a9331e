# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Format a suite's table in the paper's layout, followed by the paper's own numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from genvla_eval.suite.cells import SUITES, Cell
from genvla_eval.suite.episodes import Outcome

_MODELS = ('OpenVLA', 'OpenVLA+', 'pi0 w/ Inst. Aug.', 'pi0+')
_GOOGLE_TASKS = ('Pick Can', 'Open Drawer', 'Close Drawer', 'Move Near', 'Avg')
_PAPER: dict[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    'visual_matching': (
        ('SimplerEnv, Table II', *_GOOGLE_TASKS),
        (
            ('OpenVLA', '36.70', '16.70', '26.70', '60.03', '35.03'),
            ('OpenVLA+', '90.32', '53.50', '92.40', '77.60', '78.46'),
            ('pi0 w/ Inst. Aug.', '84.33', '30.40', '57.29', '78.54', '62.64'),
            ('pi0+', '83.40', '44.35', '64.37', '84.66', '69.19'),
        ),
    ),
    'visual_variants': (
        ('SimplerEnv, Table III', *_GOOGLE_TASKS),
        (
            ('OpenVLA', '67.8', '24.7', '43.0', '74.0', '52.4'),
            ('OpenVLA+', '87.6', '48.4', '87.9', '82.3', '76.6'),
            ('pi0 w/ Inst. Aug.', '77.0', '32.3', '38.6', '65.0', '53.2'),
            ('pi0+', '60.3', '35.5', '60.5', '83.1', '59.9'),
        ),
    ),
    'masked_background': (
        ('SimplerEnv, Table III', *_GOOGLE_TASKS),
        (
            ('OpenVLA', '76.3', '28.6', '43.8', '73.3', '55.5'),
            ('OpenVLA+', '82.9', '50.0', '87.7', '85.0', '76.4'),
            ('pi0 w/ Inst. Aug.', '86.3', '25.0', '42.8', '75.2', '57.3'),
            ('pi0+', '70.3', '36.3', '64.7', '73.4', '61.2'),
        ),
    ),
    'language': (
        ('SimplerEnv, Table IV', 'PickCan orig.', 'para.', 'MoveNear orig.', 'para.'),
        (
            ('OpenVLA', '36.70', '12.12', '60.03', '42.07'),
            ('OpenVLA+', '90.32', '84.52', '77.60', '78.19'),
            ('pi0 w/ Inst. Aug.', '84.33', '42.20', '78.52', '58.24'),
            ('pi0+', '83.40', '55.40', '84.66', '63.33'),
        ),
    ),
    'table_v': (
        ('real ViperX, Table V', *_MODELS),
        (
            ('PickCarrot', '32.0', '60.0', '16.0', '40.0'),
            ('PickEggplant', '8.0', '24.0', '8.0', '24.0'),
            ('PickKnife', '36.0', '64.0', '24.0', '40.0'),
            ('PlaceKnifeNearCorn', '0.0', '12.0', '8.0', '20.0'),
            ('PutKnifeOnCloth', '4.0', '12.0', '12.0', '48.0'),
            ('PutCarrotOnPlate', '4.0', '16.0', '12.0', '36.0'),
            ('PlaceCornNearKnife', '0.0', '0.0', '0.0', '0.0'),
            ('PickCarrot+knife', '20.0', '48.0', '12.0', '36.0'),
            ('PickKnife+carrot', '12.0', '36.0', '8.0', '28.0'),
            ('PutCarrotOnPlate+knife', '8.0', '12.0', '8.0', '36.0'),
            ('PutCarrotOn{Color}Plate+plate', '0.0', '8.0', '0.0', '20.0'),
            ('PutCarrotOnPlate+cloth', '4.0', '8.0', '4.0', '32.0'),
        ),
    ),
}
"""Success rates in percent. Source: arXiv 2509.11417, Tables II to V."""


@dataclass(frozen=True)
class CellResult:
    """Result of a cell.

    Attributes:
        successes: Number of successful episodes.
        episodes: Number of episodes.
        wilson_95: 95 % interval of the success rate.
        mean_steps: Mean number of steps of the successful episodes; None: there are none.
        failures: Number of failures of each kind.
        first_seed: Seed of the first scene; the others follow.
    """

    successes: int
    episodes: int
    wilson_95: tuple[float, float]
    mean_steps: float | None
    failures: dict[str, int]
    first_seed: int


def results_of(cells: Sequence[Cell], outcomes: Sequence[Outcome]) -> dict[str, CellResult]:
    """Return the results of all cells with episodes, by the cell's name."""
    found = {}
    for cell in cells:
        played = [each for each in outcomes if each.cell == cell.name]
        if not played:
            continue
        steps = [each.steps for each in played if each.success]
        failures = Counter(each.failure for each in played if each.failure)
        found[cell.name] = CellResult(
            successes=len(steps),
            episodes=len(played),
            wilson_95=binomtest(len(steps), len(played)).proportion_ci(method='wilson'),
            mean_steps=float(np.mean(steps)) if steps else None,
            failures=dict(sorted(failures.items())),
            first_seed=cell.first_seed,
        )
    return found


def as_json(results: Mapping[str, CellResult]) -> dict[str, Any]:
    """Return the results in the form of summary.json."""
    return {name: asdict(result) for name, result in results.items()}


def as_markdown(suite: str, results: Mapping[str, CellResult], checkpoint: str) -> str:
    """Return the table with tasks as columns, or for table_v with tasks as rows."""
    cells = SUITES[suite]
    if suite == 'table_v':
        header: tuple[str, ...] = ('', checkpoint, '95 %', 'failures')
        rows: list[tuple[str, ...]] = [
            (cell.task, *_shown(results.get(cell.name))) for cell in cells
        ]
    else:
        tasks = list(dict.fromkeys(cell.task for cell in cells))
        header = ('', *tasks, 'Avg')
        rows = []
        for row in dict.fromkeys(cell.row for cell in cells):
            of_row = [results.get(f'{task}/{row}') for task in tasks]
            rates = [100.0 * r.successes / r.episodes for r in of_row if r is not None]
            average = f'{np.mean(rates):.1f}' if len(rates) == len(tasks) else '-'
            rows.append((row, *(_shown(result)[0] for result in of_row), average))
    paper_header, paper_rows = _PAPER[suite]
    return (
        f'## {suite}: {checkpoint}, in our simulator\n\n{_table(header, rows)}\n\nResults of the '
        'paper, for orientation: ANOTHER robot and ANOTHER scene, so do not compare the '
        f'numbers.\n\n{_table(paper_header, paper_rows)}\n'
    )


def _shown(result: CellResult | None) -> tuple[str, str, str]:
    if result is None:
        return '-', '-', '-'
    low, high = result.wilson_95
    kinds = ', '.join(f'{count} {kind}' for kind, count in result.failures.items())
    rate = f'{100.0 * result.successes / result.episodes:.1f}'
    return rate, f'{100.0 * low:.0f} to {100.0 * high:.0f}', kinds


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
