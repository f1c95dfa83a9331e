# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of a single episode.

Shape suffixes: T steps of the episode, P pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import GRIPPER
from genvla_training.data.episode import Episode, Image
from genvla_training.inspect.robot_notices import LONGEST_PAUSE_S, is_still, runs
from genvla_training.lint.finding import Finding

_GREY_SIZE = (32, 24)
_BLACK = 12.0
"""Threshold of 255 for the brightest tenth of a picture, which is far above it in any light."""
_BRIGHT_SHARE = 0.9
_REPEATED_SHARE = 0.02
"""Threshold relative to the episode's median change between pictures; noise alone exceeds it."""
_REPEATED = 0.02
"""Threshold of 255 for the mean difference between two decodings of the same picture."""
_FROZEN_S = 0.5
_MOVED_SHARE = 0.02
"""Threshold relative to the range of a state's number in the episode."""
_UNMOVED_GRIPPER = 0.1


def grey_pictures(episode: Episode) -> NDArray[np.float32]:
    """Return the first camera's pictures, downscaled and grey, shape (T, P), 0 to 255."""
    return np.stack([_grey(frames[0]) for frames in episode.frames])


def changes_of(grey_TP: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the difference of each picture to the next, shape (T - 1,), of 255."""
    change_T: NDArray[np.float64] = np.abs(np.diff(grey_TP, axis=0)).mean(axis=1, dtype=np.float64)
    return change_T


def episode_findings(
    number: int, episode: Episode, grey_TP: NDArray[np.float32], rate_hz: float
) -> Iterator[Finding]:
    """Find defects in the pictures and actions of one episode.

    Args:
        number: Number of the episode.
        episode: The episode.
        grey_TP: Its pictures; see grey_pictures().
        rate_hz: Steps per second [Hz].
    """
    yield from _idle(number, is_still(episode.actions_TA), rate_hz)
    yield from _black(number, grey_TP)
    yield from _repeated(number, changes_of(grey_TP), _moves(episode), rate_hz)


def gripper_findings(ranges: dict[int, float]) -> Iterator[Finding]:
    """Find episodes whose gripper never moves, if it moves in most episodes.

    If it moves in no episode, there is one finding for the whole data set.

    Args:
        ranges: By episode: largest minus smallest gripper opening.
    """
    unmoved = [number for number, span in ranges.items() if span < _UNMOVED_GRIPPER]
    if ranges and len(unmoved) == len(ranges):
        yield Finding('gripper', 'the gripper moves in no episode; check that the robot grasps')
    elif len(unmoved) <= len(ranges) / 2:
        for number in unmoved:
            text = f'the gripper moves by at most {ranges[number]:.2f} of its range'
            yield Finding('gripper', text, number, badness=-ranges[number])


def gripper_range(episode: Episode) -> float:
    """Return the largest minus the smallest gripper opening of an episode."""
    return float(np.ptp(episode.actions_TA[:, GRIPPER]))


def _grey(picture: Image) -> NDArray[np.float32]:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, _GREY_SIZE, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32).ravel()


def _idle(number: int, still_T: NDArray[np.bool_], rate_hz: float) -> Iterator[Finding]:
    for start, length in runs(still_T):
        duration_s = length / rate_hz
        if duration_s > LONGEST_PAUSE_S:
            text = f'nothing moves for {duration_s:.1f} s'
            yield Finding('idle', text, number, start, badness=duration_s)


def _black(number: int, grey_TP: NDArray[np.float32]) -> Iterator[Finding]:
    bright_T = np.quantile(grey_TP, _BRIGHT_SHARE, axis=1)
    for start, length in runs(bright_T < _BLACK):
        darkest = float(bright_T[start : start + length].min())
        text = f'{_pictures(length)} black (the brightest tenth begins at {darkest:.0f} of 255)'
        yield Finding('black', text, number, start, badness=length)


def _moves(episode: Episode) -> NDArray[np.bool_]:
    """Return whether the arm moves between each step and the next, shape (T - 1,)."""
    if episode.states_TS is None:
        return ~is_still(episode.actions_TA)[:-1]
    changes = np.abs(np.diff(episode.states_TS, axis=0))
    moved: NDArray[np.bool_] = (changes > _MOVED_SHARE * np.ptp(episode.states_TS, axis=0)).any(1)
    return moved


def _repeated(
    number: int, change_T: NDArray[np.float64], moves_T: NDArray[np.bool_], rate_hz: float
) -> Iterator[Finding]:
    if not moves_T.any():
        return
    least = max(_REPEATED, _REPEATED_SHARE * float(np.median(change_T[moves_T])))
    for start, length in runs((change_T < least) & moves_T):
        duration_s = length / rate_hz
        if duration_s >= _FROZEN_S:
            text = f'the image does not change for {duration_s:.1f} s while the arm moves'
            yield Finding('frozen', text, number, start, badness=duration_s)
        else:
            text = f'{_pictures(length)} identical to the previous one, although the arm moves'
            yield Finding('dropped', text, number, start + 1, badness=length)


def _pictures(count: int) -> str:
    return '1 image is' if count == 1 else f'{count} images are'
