# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether a policy looks at the image: its error with the right image and with another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
import math
from typing import Any

import numpy as np

from genvla_bags.asking import Moment
from genvla_eval.replay.answers import Row, given_to
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation

_MOST_KEPT = 40
_LEAST = 8
_LEAST_GAIN = 0.1


class ImageUse:
    """Keeps some moments of a bag, and asks the policy again with the images exchanged."""

    def __init__(self, expected: int) -> None:
        """Start without moments.

        Args:
            expected: Number of moments that will come.
        """
        self._every = max(1, math.ceil(expected / _MOST_KEPT))
        self._kept: list[tuple[Moment, Row]] = []
        self._count = 0

    def offer(self, moment: Moment, row: Row) -> None:
        """Keep every few moments whose recorded action is known, with their images."""
        self._count += 1
        if len(self._kept) == _MOST_KEPT:
            return
        if self._count % self._every == 0 and np.isfinite(row.translation_error_mm):
            self._kept.append((moment, row))

    def errors(self, policy: Policy) -> list[tuple[float, float]]:
        """Return each kept moment's error with its own image and with another's [mm].

        The other image is of the same bag, half of it away, so instruction, robot and scene are as
        in training; only what the image shows is of another time.
        """
        half = len(self._kept) // 2
        exchanged = [moment for moment, _ in self._kept[half:] + self._kept[:half]]
        found = []
        for (moment, row), other in zip(self._kept, exchanged, strict=True):
            if other is moment:
                continue
            asked = Observation(other.images, moment.instruction, moment.time_s)
            given = given_to(policy, moment)
            answer = replace(row, predicted_HA=policy.infer(asked, committed=given).actions)
            found.append((row.translation_error_mm, answer.translation_error_mm))
        return found


def summarize_image_use(errors_mm: Sequence[tuple[float, float]]) -> dict[str, Any] | None:
    """Return the mean errors with both images, and what the right one gains; None: too few.

    Args:
        errors_mm: As ImageUse.errors() returns them.
    """
    if len(errors_mm) < _LEAST:
        return None
    own, other = np.mean(errors_mm, axis=0)
    gain = 1.0 - float(own / other) if other > 0.0 else 0.0
    return {
        'asked': len(errors_mm),
        'translation_mm': float(own),
        'with_another_image_mm': float(other),
        'gain': gain,
    }


def image_use_notice(name: str, use: dict[str, Any] | None) -> str:
    """Return a warning if the answers hardly depend on the image; empty otherwise."""
    if use is None or use['gain'] >= _LEAST_GAIN:
        return ''
    return (
        f'{name} hardly looks at the image: its error is {use["translation_mm"]:.1f} mm with the '
        f'right image and {use["with_another_image_mm"]:.1f} mm with another one; on the robot it '
        'will repeat a mean motion'
    )
