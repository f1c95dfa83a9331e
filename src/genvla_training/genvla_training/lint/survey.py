# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read a robot data set with all its pictures, and collect the findings of every check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_training.data.episode import BadData, RobotDataset
from genvla_training.inspect.action_units import DIMENSIONS
from genvla_training.lint.clock_checks import picture_clock_findings, state_findings
from genvla_training.lint.episode_checks import (
    changes_of,
    episode_findings,
    grey_pictures,
    gripper_findings,
    gripper_range,
)
from genvla_training.lint.finding import Finding

_OTHER_RANGE = 2.0


@dataclass(frozen=True)
class LintSurvey:
    """Results of a survey.

    Attributes:
        name: Name of the data set.
        control_rate_hz: Steps per second [Hz].
        num_episodes: Number of episodes in the data set.
        num_steps: Number of steps checked.
        has_states: Whether states were also checked.
        findings: All findings, sorted by check, the worst first.
    """

    name: str
    control_rate_hz: float
    num_episodes: int
    num_steps: int
    has_states: bool
    findings: list[Finding]


def survey(dataset: RobotDataset, against: ActionNormalizer | None = None) -> LintSurvey:
    """Read a whole data set, one episode after another, keeping none of its pictures.

    Args:
        dataset: The demonstrations.
        against: Bounds of another data set's actions. None: no comparison.
    """
    rate_hz, findings = dataset.control_rate_hz, list[Finding]()
    actions, states, changes, spans = {}, {}, {}, {}
    count = len(dataset.lengths_E)
    for number in tqdm(range(count), desc=dataset.name, unit='episode', delay=3.0):
        try:
            episode = dataset.read(number)
            grey_TP = grey_pictures(episode)
        except BadData as error:
            findings.append(Finding('broken', str(error), number))
            continue
        findings += episode_findings(number, episode, grey_TP, rate_hz)
        spans[number] = gripper_range(episode)
        executed = episode.executed_TA
        actions[number] = episode.actions_TA if executed is None else executed
        changes[number] = changes_of(grey_TP)
        if episode.states_TS is not None:
            states[number] = episode.states_TS
    if actions:
        findings += gripper_findings(spans)
        findings += picture_clock_findings(actions, changes, rate_hz)
        findings += state_findings(actions, states, rate_hz)
        if against is not None:
            findings += range_findings(np.concatenate(list(actions.values())), against)
    return LintSurvey(
        name=dataset.name,
        control_rate_hz=rate_hz,
        num_episodes=count,
        num_steps=sum(map(len, actions.values())),
        has_states=bool(states),
        findings=sorted(findings, key=lambda each: (each.check, -each.badness)),
    )


def range_findings(
    actions_NA: NDArray[np.float64], against: ActionNormalizer
) -> Iterator[Finding]:
    """Compare the range of the actions with that of another data set.

    Args:
        actions_NA: (N, 7) actions.
        against: Bounds of the other data set, which also include steps at rest.
    """
    q01_A, q99_A = np.quantile(actions_NA, [0.01, 0.99], axis=0)
    for number, dimension in enumerate(DIMENSIONS):
        own, other = q99_A[number] - q01_A[number], against.q99[number] - against.q01[number]
        if not against.mask[number] or min(own, other) <= 0.0:
            continue
        ratio = float(max(own / other, other / own))
        if ratio > _OTHER_RANGE:
            scale, unit = dimension.scale, dimension.unit
            text = (
                f'{dimension.name} ranges from {q01_A[number] * scale:.3g} to '
                f'{q99_A[number] * scale:.3g} {unit} here, from {against.q01[number] * scale:.3g} '
                f'to {against.q99[number] * scale:.3g} {unit} there: {ratio:.1f} times '
                f'{"wider" if own > other else "narrower"}'
            )
            yield Finding('statistics', text, badness=ratio)
