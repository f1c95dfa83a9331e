# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The suites by name: varied factors, tasks and wordings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
import hashlib

from genvla_eval.suite.wordings import ACTIONS, OBJECT_NAMES, OWN, reworded
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED

PICKS = ('PickCarrot', 'PickEggplant', 'PickKnife')


class Factor(StrEnum):
    """The part of a scene that differs from the tasks' own look.

    Attributes:
        NOTHING: The canonical scene.
        BACKGROUND: Colour of the room.
        LIGHTING: Direction and strength of the light.
        TABLE: Colour and texture of the table; no texture is in the training data.
        DISTRACTORS: Three objects that the task does not need, instead of two (more do not fit).
        CAMERA: Position, aim and field of view of the camera.
        ALL: All of these.
        MASKED: Everything except objects and arm is painted grey.
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
        suite: Name of the suite.
        task: Name of the task in TASKS.
        row: Name of the table's row.
        factor: Part of the scene that differs.
        distractors: Number of objects on the table that the task does not need.
        words: Kind of wording, from wordings.py; empty: the task's own instruction.
        seed: Seed of its first scene; None: derived from its name.
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
        """Name in the results."""
        return f'{self.task}/{self.row}'

    @property
    def first_seed(self) -> int:
        """Seed of its first scene; one derived from the name is never a demonstration's."""
        if self.seed is not None:
            return self.seed
        digest = hashlib.sha256(f'{self.suite}/{self.name}'.encode()).digest()
        return int.from_bytes(digest[:8], 'big') % (FIRST_TRAINING_SEED // 2)

    def instruction(self, original: str, number: int) -> str:
        """Return the instruction of an episode.

        Args:
            original: The task's own instruction.
            number: Number of the episode; wordings are used in turn.
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
"""Suites that genvla eval suite runs."""
