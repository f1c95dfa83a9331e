# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Split recordings into episodes where the instruction changes, and trim their idle ends.

Shape suffixes: T steps of an episode.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_LONGEST_PAUSE = 1.5
"""Pictures more control periods apart than this belong to different motions."""
_STILL_M_S, _STILL_RAD_S, _STILL_OPENING_S = 0.01, 0.05, 0.25
"""A step is idle if it is slower than all of these [m/s, rad/s, openings/s]."""
_STILL_OVER_S = 0.2
"""Speeds are averaged over at least this time [s]: in 20 ms, one encoder count looks like
motion."""
_FASTEST_M_S, _FASTEST_RAD_S = 0.75, 5.0
"""Three and four times the bridge's default limit per axis; a faster step means that the joint
states jumped [m/s, rad/s]."""
_SHORTEST_S = 1.0
_FEWEST_STEPS = 5
"""Minimum length of an episode in seconds and in steps; the longer one applies."""


@dataclass(frozen=True, eq=False)
class RecordedStep:
    """One control step of a recording.

    Attributes:
        time_s: Capture time of the picture [s].
        instruction: Instruction in force.
        state_S: Six joint positions [rad] and the gripper's opening.
        action_A: Action taken, as in Episode.actions_TA; NaN where it is unknown.
    """

    time_s: float
    instruction: str
    state_S: NDArray[np.float64]
    action_A: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RecordedEpisode:
    """Steps of one motion.

    Attributes:
        steps: Consecutive steps.
    """

    steps: tuple[RecordedStep, ...]

    @property
    def instruction(self) -> str:
        """The instruction of its steps."""
        return self.steps[0].instruction

    @property
    def states_TS(self) -> NDArray[np.float64]:
        """The states, (T, 7)."""
        return np.stack([step.state_S for step in self.steps])

    @property
    def actions_TA(self) -> NDArray[np.float64]:
        """The actions, (T, 7)."""
        return np.stack([step.action_A for step in self.steps])


@dataclass
class Cut:
    """The result of splitting a recording.

    Attributes:
        episodes: Episodes in chronological order.
        num_idle: Number of trimmed steps.
        num_unknown: Steps with an unknown joint or action; a motion is split there.
        left_out: Why each rejected piece is not an episode.
    """

    episodes: list[RecordedEpisode] = field(default_factory=list)
    num_idle: int = 0
    num_unknown: int = 0
    left_out: list[str] = field(default_factory=list)


def cut(steps: Iterable[RecordedStep], *, period_s: float, keep_idle: bool = False) -> Cut:
    """Split a recording into episodes.

    Args:
        steps: Steps in chronological order.
        period_s: Control period [s].
        keep_idle: Keep the idle steps before the first and after the last motion. Otherwise one
            idle step stays at the end, so that a policy can learn when the task is done.
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
    """Return, for each step, whether motion begins there."""
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
                'jumped'
            )
    return ''


def _where(piece: list[RecordedStep]) -> str:
    return (
        f'{len(piece)} steps of {piece[0].instruction!r} from {piece[0].time_s:.1f} s '
        f'to {piece[-1].time_s:.1f} s'
    )
