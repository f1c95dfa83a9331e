# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The suites by name: what is varied, in which tasks, and with which words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
import hashlib

from genvla_eval.suite.wordings import ACTIONS, OBJECT_NAMES, OWN, reworded
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED

PICKS = ('PickCarrot', 'PickEggplant', 'PickKnife')


class Factor(StrEnum):
    """What of a scene differs from how the tasks look.

    Attributes:
        NOTHING: The canonical scene.
        BACKGROUND: The colour of the room.
        LIGHTING: Direction and strength of the light.
        TABLE: Colour and texture of the table; no texture is in the training data.
        DISTRACTORS: Three things that are not asked for, instead of two (more do not fit).
        CAMERA: Where the camera stands, its aim and its field of view.
        ALL: All of these.
        MASKED: What is neither an object nor the arm is painted grey.
    """

    NOTHING = 'nothing'
    BACKGROUND = 'background'
    LIGHTING = 'lighting'
    TABLE = 'table'
    DISTRACTORS = 'distractors'
    CAMERA = 'camera'
    ALL = 'all'
    MASKED = 'masked'


@dataclass(frozen=True)
class Cell:
    """One number of a suite's table.

    Attributes:
        suite: Its name.
        task: From TASKS.
        row: What the table's row is called.
        factor: What differs.
        distractors: Things on the table that the task does not need.
        words: Of wordings.py; empty: the task's own.
        seed: Of its first scene; None: a function of its name.
    """

    suite: str
    task: str
    row: str
    factor: Factor = Factor.NOTHING
    distractors: int = 2
    words: str = ''
    seed: int | None = None

    @property
    def name(self) -> str:
        """What results are filed under."""
        return f'{self.task}/{self.row}'

    @property
    def first_seed(self) -> int:
        """Of its scenes; as a function of its name it is none that demonstrations have."""
        if self.seed is not None:
            return self.seed
        digest = hashlib.sha256(f'{self.suite}/{self.name}'.encode()).digest()
        return int.from_bytes(digest[:8], 'big') % (FIRST_TRAINING_SEED // 2)

    def instruction(self, original: str, number: int) -> str:
        """Return what the policy is told in an episode.

        Args:
            original: The task's own instruction.
            number: Of the episode; wordings take turns.
        """
        if not self.words:
            return original
        return reworded(TASKS[self.task], original, self.words, number)


def _visual(suite: str, factors: tuple[Factor, ...]) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            suite,
            task,
            factor.value,
            factor,
            distractors=3 if factor in (Factor.DISTRACTORS, Factor.ALL) else 2,
        )
        for factor in factors
        for task in PICKS
    )


_VARIANTS = (
    Factor.BACKGROUND,
    Factor.LIGHTING,
    Factor.TABLE,
    Factor.DISTRACTORS,
    Factor.CAMERA,
    Factor.ALL,
)
_LANGUAGE = {
    'original': '',
    'own words': OWN,
    'held-out action words': ACTIONS,
    'held-out object words': OBJECT_NAMES,
}

SUITES: dict[str, tuple[Cell, ...]] = {
    'visual_matching': _visual('visual_matching', (Factor.NOTHING,)),
    'visual_variants': _visual('visual_variants', _VARIANTS),
    'masked_background': _visual('masked_background', (Factor.MASKED,)),
    'language': tuple(
        Cell('language', task, row, words=words)
        for row, words in _LANGUAGE.items()
        for task in TASKS
    ),
    'table_v': tuple(
        Cell('table_v', task, 'with its own distractor', distractors=0) for task in TASKS
    ),
}
"""What genvla eval suite runs."""
