# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Report on a robot data set in words and numbers.

Shape suffixes: E episodes, N steps of all episodes, A action dimensions.
"""

from __future__ import annotations

import numpy as np

from genvla_command.html_page import Table
from genvla_training.inspect.action_units import DIMENSIONS
from genvla_training.inspect.report import Report, share
from genvla_training.inspect.robot_notices import is_still, range_flag, robot_notices
from genvla_training.inspect.robot_survey import RobotSurvey

_NUM_TASKS = 20


def robot_report(survey: RobotSurvey, kind: str) -> Report:
    """Return the report on a survey.

    Args:
        survey: Results of the survey.
        kind: Format of the data set.
    """
    notices = []
    tables = [_tasks(survey)]
    if survey.actions:
        notices = robot_notices(survey.actions, control_rate_hz=survey.control_rate_hz)
        tables.append(_actions(survey))
    return Report(
        name=survey.name,
        kind=kind,
        facts=_facts(survey),
        notices=notices,
        broken=[f'episode {number}: {reason}' for number, reason in survey.broken.items()],
        tables=tables,
    )


def _facts(survey: RobotSurvey) -> list[tuple[str, str]]:
    lengths_E, rate_hz = survey.lengths_E, survey.control_rate_hz
    num_steps = int(lengths_E.sum())
    facts = [
        ('episodes', f'{len(lengths_E):,}'),
        ('steps', f'{num_steps:,}'),
        ('duration', f'{num_steps / rate_hz / 3600:.2f} h at {rate_hz:g} Hz'),
    ]
    if len(lengths_E):
        low, middle, high = lengths_E.min(), np.median(lengths_E), lengths_E.max()
        facts.append(('episode, min / median / max', f'{low} / {middle:g} / {high} steps'))
    num_still = sum(int(is_still(actions_TA).sum()) for actions_TA in survey.actions.values())
    num_read = sum(len(actions_TA) for actions_TA in survey.actions.values())
    facts += [
        ('different instructions', f'{len(survey.tasks):,}'),
        ('steps without motion', share(num_still, num_read)),
        ('broken episodes', f'{len(survey.broken):,}'),
        ('images read in', f'{len(survey.samples):,} episodes'),
    ]
    return facts


def _tasks(survey: RobotSurvey) -> Table:
    total = survey.tasks.total()
    common = survey.tasks.most_common(_NUM_TASKS)
    rows = [(task, f'{count:,}', share(count, total)) for task, count in common]
    if len(survey.tasks) > _NUM_TASKS:
        rest = total - sum(count for _, count in common)
        others = f'({len(survey.tasks) - _NUM_TASKS:,} others)'
        rows.append((others, f'{rest:,}', share(rest, total)))
    return Table('instructions', ('instruction', 'episodes', 'share'), rows)


def _actions(survey: RobotSurvey) -> Table:
    actions_NA = np.concatenate(list(survey.actions.values()))
    q01_A, q99_A = np.quantile(actions_NA, [0.01, 0.99], axis=0)
    columns_A = np.stack(
        [actions_NA.min(axis=0), q01_A, actions_NA.mean(axis=0), q99_A, actions_NA.max(axis=0)]
    ).T
    rows = [
        (
            dimension.label,
            *(f'{value * dimension.scale:z.2f}' for value in values),
            range_flag(number, q01_A[number], q99_A[number]),
        )
        for number, (dimension, values) in enumerate(zip(DIMENSIONS, columns_A, strict=True))
    ]
    return Table('actions per step', ('', 'min', 'q01', 'mean', 'q99', 'max', ''), rows)
