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
_STILL_M_S, _STILL_RAD_S, _STILL_OPENING_S = 0.01, 0.05, 0.25
"""What moves more slowly in everything is idle [m/s, rad/s, openings/s]."""
_STILL_OVER_S = 0.2
"""Speeds are means over this at least [s]: a count of the encoders in 20 ms looks like motion."""
_FASTEST_M_S, _FASTEST_RAD_S = 0.75, 5.0
"""No arm is as fast, three times what the bridge lets through: its joint states jump."""
_SHORTEST_S = 1.0
_FEWEST_STEPS = 5
"""Of an episode, whichever is longer."""


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
        trimmed = piece if keep_idle else _trimmed(piece, period_s)
        found.num_idle += len(piece) - len(trimmed)
        reason = _objection(trimmed, period_s)
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


def _trimmed(piece: list[RecordedStep], period_s: float) -> list[RecordedStep]:
    moving = np.flatnonzero(_moves_T(piece, period_s)).tolist()
    return piece[moving[0] : moving[-1] + 2] if moving else []


def _moves_T(piece: list[RecordedStep], period_s: float) -> NDArray[np.bool_]:
    """Return which steps begin something that is not idle."""
    num_steps = max(1, round(_STILL_OVER_S / period_s))
    actions_TA = np.stack([step.action_A for step in piece])
    changes_TA = actions_TA.copy()
    changes_TA[:, 6] = np.diff(actions_TA[:, 6], prepend=actions_TA[0, 6])
    gone_TA = np.vstack([np.zeros(7), np.cumsum(changes_TA, axis=0)])
    ends_T = np.minimum(np.arange(len(piece)) + num_steps, len(piece))
    speeds_TA = (gone_TA[ends_T] - gone_TA[:-1]) / (num_steps * period_s)
    return np.asarray(
        (np.linalg.norm(speeds_TA[:, :3], axis=1) > _STILL_M_S)
        | (np.linalg.norm(speeds_TA[:, 3:6], axis=1) > _STILL_RAD_S)
        | (np.abs(speeds_TA[:, 6]) > _STILL_OPENING_S)
    )


def _objection(piece: list[RecordedStep], period_s: float) -> str:
    if not piece:
        return 'nothing moves'
    fewest = max(_FEWEST_STEPS, round(_SHORTEST_S / period_s))
    if len(piece) < fewest:
        return f'{len(piece)} steps, fewer than {fewest}'
    for here in piece:
        translation_m = float(np.linalg.norm(here.action_A[:3]))
        rotation_rad = float(np.linalg.norm(here.action_A[3:6]))
        if translation_m > _FASTEST_M_S * period_s or rotation_rad > _FASTEST_RAD_S * period_s:
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
