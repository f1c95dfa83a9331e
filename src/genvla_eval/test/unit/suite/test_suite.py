# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Suites of simulated episodes."""

from __future__ import annotations

from dataclasses import replace
import json

import numpy as np
import pytest

from genvla_command.kept_settings import SettingsMismatch
from genvla_eval.suite import command
from genvla_eval.suite.cells import PICKS, SUITES, Cell, Factor, phrases_of
from genvla_eval.suite.command import SuiteOptions, run_suite
from genvla_eval.suite.episodes import Job, Outcome, play
from genvla_eval.suite.results import append, read_outcomes
from genvla_eval.suite.table import as_markdown, results_of
from genvla_eval.suite.view import View
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.scene.look import PLAIN_LOOK
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED, TabletopEnv
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


@pytest.mark.parametrize(
    ('factor', 'fields'),
    [
        (Factor.BACKGROUND, {'room_rgb'}),
        (Factor.TABLE, {'table_rgb', 'table_texture'}),
        (Factor.LIGHTING, {'light_direction', 'light', 'ambient', 'headlight'}),
        (Factor.CAMERA, set()),
        (Factor.NOTHING, set()),
    ],
)
def test_one_factor_changes_nothing_else(factor, fields):
    view = View.draw(factor, np.random.default_rng(0))
    differ = {
        name for name, value in vars(view.look).items() if value != getattr(PLAIN_LOOK, name)
    }
    assert differ == fields
    plain = View.draw(Factor.NOTHING, np.random.default_rng(0))
    assert (view.camera != plain.camera) == (factor is Factor.CAMERA)


def test_a_masked_picture_keeps_objects_and_arm_alone():
    env = TabletopEnv('PickCarrot', render_images=False)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    masked = View.draw(Factor.MASKED, rng).picture(env.simulation)
    plain = View.draw(Factor.NOTHING, rng).picture(env.simulation)
    bodies = env.simulation.segment_bodies(View.draw(Factor.NOTHING, rng).camera)
    kept = (bodies != 'table') & (bodies != 'floor')
    np.testing.assert_array_equal(masked[kept], plain[kept])
    assert (masked[~kept] == 128).all()
    assert kept.any()
    env.close()


def test_the_shipped_policy_lifts_the_carrot_and_an_episode_is_the_same_again():
    job = Job(CARROT, (0, 1), SHIPPED_CHECKPOINT, latency_s=0.1)
    first = [each.outcome for each in play(job)]
    assert sum(outcome.success for outcome in first) >= 1
    assert [each.outcome for each in play(replace(job, numbers=(1,)))] == first[1:]


def test_a_failure_has_a_kind_and_pictures(tmp_path):
    write_tiny_checkpoint(tmp_path / 'random', tiny_config(), seed=0)
    [played] = play(Job(CARROT, (0,), tmp_path / 'random', latency_s=0.1))
    assert not played.outcome.success
    assert played.outcome.failure == 'never reached'
    assert played.strip.shape == (6, 120, 160, 3)
    append(tmp_path, [played])
    assert (tmp_path / 'failures' / 'PickCarrot nothing.png').exists()


def outcome(number, **changes):
    """A line of results."""
    values = {
        'cell': CARROT.name,
        'number': number,
        'seed': number,
        'instruction': 'pick up the carrot',
        'success': True,
        'steps': 20,
        'failure': '',
    }
    return Outcome(**values | changes)


def test_a_line_that_was_cut_off_is_played_again(tmp_path):
    path = tmp_path / 'episodes.jsonl'
    path.write_text(json.dumps(vars(outcome(0))) + '\n{"cell": "Pick')
    assert read_outcomes(tmp_path) == [outcome(0)]
    append(tmp_path, [])
    assert path.read_text().endswith('}\n')


def test_the_table_has_rates_intervals_and_the_papers_numbers_marked_as_such():
    failed = [outcome(n, success=False, failure='dropped') for n in range(1, 4)]
    results = results_of('visual_matching', [outcome(0), *failed])
    result = results[CARROT.name]
    assert (result.successes, result.episodes, result.failures) == (1, 4, {'dropped': 3})
    page = as_markdown('visual_matching', results, 'mine')
    assert '| nothing | 25.0 | - | - | - |' in page
    assert 'ANOTHER robot' in page
    assert '| pi0+ | 83.40 |' in page


@pytest.fixture
def one_cell(monkeypatch):
    """A suite of one cell, played in this process."""
    monkeypatch.setitem(command.SUITES, 'visual_matching', (CARROT,))
    played = []

    def here(run, jobs, **_options):
        for job in jobs:
            played.extend(job.numbers)
            yield job, run(job)

    monkeypatch.setattr(command, 'in_processes', here)
    return played


def test_a_run_goes_on_where_it_was_and_refuses_another_checkpoint(tmp_path, one_cell):
    out = tmp_path / 'run'
    options = SuiteOptions('visual_matching', out=out, episodes=2)
    first = run_suite(options)
    assert one_cell == [0, 1]
    lines = (out / 'episodes.jsonl').read_text().splitlines(keepends=True)
    (out / 'episodes.jsonl').write_text(lines[0])
    assert run_suite(options)['cells'] == first['cells']
    assert one_cell == [0, 1, 1]
    write_tiny_checkpoint(tmp_path / 'random', tiny_config(), seed=0)
    with pytest.raises(SettingsMismatch, match='checkpoint_sha256'):
        run_suite(replace(options, checkpoint=tmp_path / 'random'))
