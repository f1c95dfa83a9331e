# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes out of what was recorded: cut where the instruction changes, idle ends trimmed.

Shape suffixes: T steps of an episode.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_LONGEST_PAUSE = 1.5
"""Pictures further apart than so many control periods are not of one motion."""
_STILL_M, _STILL_RAD, _STILL_OPENING = 0.002, 0.01, 0.05
"""A step that moves less in everything is idle."""
_FURTHEST_M, _FURTHEST_RAD = 0.15, 1.0
"""No arm goes so far in a control period: its joint states jump."""
_SHORTEST = 5
"""Steps of the shortest episode."""


@dataclass(frozen=True, eq=False)
class RecordedStep:
    """One control step of a recording.

    Attributes:
        time_s: When its picture was taken [s].
        instruction: In force.
        state_S: Six joint positions [rad] and the gripper's opening.
        action_A: What was done, as in Episode.actions_TA; NaN where it is not known.
    """

    time_s: float
    instruction: str
    state_S: NDArray[np.float64]
    action_A: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RecordedEpisode:
    """Steps of one motion.

    Attributes:
        steps: One after the other.
    """

    steps: tuple[RecordedStep, ...]

    @property
    def instruction(self) -> str:
        """What the robot was told."""
        return self.steps[0].instruction

    @property
    def states_TS(self) -> NDArray[np.float64]:
        """(T, 7)."""
        return np.stack([step.state_S for step in self.steps])

    @property
    def actions_TA(self) -> NDArray[np.float64]:
        """(T, 7)."""
        return np.stack([step.action_A for step in self.steps])


@dataclass
class Cut:
    """What a recording was cut into.

    Attributes:
        episodes: In the order of time.
        num_idle: Steps that were trimmed.
        num_unknown: Steps without joint states, at which a motion was cut in two.
        left_out: Why each other piece is no episode.
    """

    episodes: list[RecordedEpisode] = field(default_factory=list)
    num_idle: int = 0
    num_unknown: int = 0
    left_out: list[str] = field(default_factory=list)


def cut(steps: Iterable[RecordedStep], *, period_s: float, keep_idle: bool = False) -> Cut:
    """Cut a recording into episodes.

    Args:
        steps: In the order of time.
        period_s: Control period [s].
        keep_idle: Leave the steps before the first and after the last motion as they are; without,
            one of them is left at the end, for a policy that is to learn when it is done.
    """
    found = Cut()
    for piece in _pieces(steps, period_s, found):
        trimmed = piece if keep_idle else _trimmed(piece)
        found.num_idle += len(piece) - len(trimmed)
        reason = _objection(trimmed)
        if reason:
            found.left_out.append(f'{_where(piece)}: {reason}')
        else:
            found.episodes.append(RecordedEpisode(tuple(trimmed)))
    return found


def _pieces(
    steps: Iterable[RecordedStep], period_s: float, found: Cut
) -> list[list[RecordedStep]]:
    pieces: list[list[RecordedStep]] = []
    last: RecordedStep | None = None
    for step in steps:
        known = bool(np.isfinite(step.action_A).all() and np.isfinite(step.state_S).all())
        found.num_unknown += not known
        goes_on = (
            last is not None
            and last.instruction == step.instruction
            and 0.0 < step.time_s - last.time_s <= _LONGEST_PAUSE * period_s
        )
        if known and goes_on:
            pieces[-1].append(step)
        elif known:
            pieces.append([step])
        last = step if known else None
    return pieces


def _trimmed(piece: list[RecordedStep]) -> list[RecordedStep]:
    moving = [index for index, step in enumerate(piece) if _moves(piece, index, step)]
    return piece[moving[0] : moving[-1] + 2] if moving else []


def _moves(piece: list[RecordedStep], index: int, step: RecordedStep) -> bool:
    before = piece[max(index - 1, 0)].action_A[6]
    return bool(
        np.linalg.norm(step.action_A[:3]) > _STILL_M
        or np.linalg.norm(step.action_A[3:6]) > _STILL_RAD
        or abs(step.action_A[6] - before) > _STILL_OPENING
    )


def _objection(piece: list[RecordedStep]) -> str:
    if not piece:
        return 'nothing moves'
    if len(piece) < _SHORTEST:
        return f'{len(piece)} steps, fewer than {_SHORTEST}'
    for here in piece:
        translation_m = float(np.linalg.norm(here.action_A[:3]))
        rotation_rad = float(np.linalg.norm(here.action_A[3:6]))
        if translation_m > _FURTHEST_M or rotation_rad > _FURTHEST_RAD:
            return (
                f'a step of {translation_m:.2f} m and {rotation_rad:.2f} rad: the joint states '
                'jump'
            )
    return ''


def _where(piece: list[RecordedStep]) -> str:
    return (
        f'{len(piece)} steps of {piece[0].instruction!r} from {piece[0].time_s:.1f} s '
        f'to {piece[-1].time_s:.1f} s'
    )
