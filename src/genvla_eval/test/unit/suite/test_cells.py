# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The suites by name."""

from __future__ import annotations

from genvla_eval.suite.cells import SUITES, Cell
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED

CARROT = Cell('visual_matching', 'PickCarrot', 'nothing')


def test_a_cells_name_fixes_its_seeds_and_none_is_for_demonstrations():
    cells = [cell for suite in SUITES.values() for cell in suite]
    assert len({cell.first_seed for cell in cells}) == len(cells)
    assert max(cell.first_seed for cell in cells) + 10_000 < FIRST_TRAINING_SEED
    # The numbers of today: a suite that draws other scenes is another suite.
    assert CARROT.first_seed == 8726


def test_every_row_of_table_v_has_a_cell():
    assert [cell.task for cell in SUITES['table_v']] == list(TASKS)
