# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The suites by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_eval.suite.cells import PICKS, SUITES, Cell, phrases_of
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED
from genvla_training.data.augmentation import paraphrase

CARROT = Cell('visual_matching', 'PickCarrot', 'nothing')


def test_the_seeds_of_a_cell_are_fixed_by_its_name_and_none_is_of_a_demonstration():
    cells = [cell for suite in SUITES.values() for cell in suite]
    assert len({cell.first_seed for cell in cells}) == len(cells)
    assert max(cell.first_seed for cell in cells) + 10_000 < FIRST_TRAINING_SEED
    # The numbers of today: a suite that draws other scenes is another suite.
    assert CARROT.first_seed == 8726


def test_every_row_of_table_v_is_there():
    assert [cell.task for cell in SUITES['table_v']] == list(TASKS)


@pytest.mark.parametrize('task', PICKS)
def test_paraphrases_that_were_never_trained_are_none_that_training_can_make(task):
    original = TASKS[task].instruction
    rng = np.random.default_rng(0)
    trained = {paraphrase(original, rng) for _ in range(2000)}
    cell = Cell('language', task, 'never trained', words='never_trained')
    for number in range(len(phrases_of('never_trained'))):
        assert cell.instruction(original, number) not in trained
    known = replace(cell, words='paraphrased')
    for number in range(len(phrases_of('paraphrased'))):
        assert known.instruction(original, number) in trained
