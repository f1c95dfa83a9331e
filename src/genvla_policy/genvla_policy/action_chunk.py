# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The output of a policy: the next H control steps of the end effector."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM, GRIPPER


@dataclass(frozen=True, eq=False)
class ActionChunk:
    """The next H control steps, first to last.

    Attributes:
        actions: (H, 7) float64, see genvla_command.end_effector_action; the gripper's opening in
            [0, 1].
        step_period_s: Time between two steps [s]. Above 0.
        text: Text that the language head printed, before un-normalisation. Empty if it prints
            none.
        confidence: (H,) float64 in [0, 1]: the probability that the model gave to the text it
            chose, per free character (geometric mean). (0,) if the head has no measure (flow).
        inference_s: Time from the observation to this chunk [s].
        checkpoint: Name of the checkpoint that answered. Not empty.
        instruction: The instruction that was answered. Not blank.
        stamp_s: When the images of the observation were captured [s].
        num_committed: Number of leading actions that were given to the model. The model decided
            those after them.

    Raises:
        ValueError: A shape or range is wrong, a name is missing, or a number is not finite.
    """

    actions: NDArray[np.float64]
    step_period_s: float
    text: str
    confidence: NDArray[np.float64]
    inference_s: float
    checkpoint: str
    instruction: str
    stamp_s: float
    num_committed: int = 0

    def __post_init__(self) -> None:
        """Freeze the arrays and reject values that no robot should get."""
        object.__setattr__(self, 'actions', _frozen('actions', self.actions))
        object.__setattr__(self, 'confidence', _frozen('confidence', self.confidence))
        if self.actions.ndim != 2 or self.actions.shape[1:] != (ACTION_DIM,) or not len(self):
            raise ValueError(
                f'actions must be (H, {ACTION_DIM}) with H >= 1, got shape {self.actions.shape}'
            )
        if self.confidence.shape not in ((len(self),), (0,)):
            raise ValueError(
                f'confidence must be ({len(self)},), one per action, or empty, got shape '
                f'{self.confidence.shape}'
            )
        _check_unit('confidence', self.confidence)
        _check_unit('gripper', self.actions[:, GRIPPER])
        if not (math.isfinite(self.step_period_s) and self.step_period_s > 0.0):
            raise ValueError(f'step_period_s must be above 0, got {self.step_period_s}')
        if not (math.isfinite(self.inference_s) and self.inference_s >= 0.0):
            raise ValueError(f'inference_s must be 0 or more, got {self.inference_s}')
        if not math.isfinite(self.stamp_s):
            raise ValueError(f'stamp_s must be finite, got {self.stamp_s}')
        if not self.checkpoint:
            raise ValueError(
                'checkpoint must name the checkpoint that answered, got an empty name'
            )
        if not self.instruction.strip():
            raise ValueError('instruction is blank; a chunk answers an instruction')
        if not 0 <= self.num_committed < len(self):
            raise ValueError(
                f'num_committed must lie in [0, {len(self)}), got {self.num_committed}'
            )

    @property
    def first_confidence(self) -> float:
        """Confidence of the first action that the model decided; NaN if there is no measure."""
        return float(self.confidence[self.num_committed]) if self.confidence.size else math.nan

    def __len__(self) -> int:
        """Return the number of control steps H."""
        return len(self.actions)


def _frozen(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    frozen = np.array(values, dtype=np.float64)
    if not np.isfinite(frozen).all():
        raise ValueError(f'{name} must be finite, got {frozen.tolist()}')
    frozen.setflags(write=False)
    return frozen


def _check_unit(name: str, values: NDArray[np.float64]) -> None:
    if values.size and not (values.min() >= 0.0 and values.max() <= 1.0):
        raise ValueError(f'{name} must lie in [0, 1], got {values.tolist()}')
