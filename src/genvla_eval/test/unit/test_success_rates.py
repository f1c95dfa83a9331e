# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Success rates of the scripted expert."""

import pytest

from genvla_eval.success_rates import SuccessRate, main, run_expert_episodes, summarise, table
from genvla_sim.rollout import EpisodeResult, Failure


def episode(task, seed, failure=None, steps=20):
    return EpisodeResult(
        task=task,
        instruction='pick up the carrot',
        seed=seed,
        success=failure is None,
        steps=steps,
        failure=failure,
    )


def test_results_are_counted_by_task_and_by_failure():
    rates = summarise(
        [
            episode('PickCarrot', 0, steps=10),
            episode('PickKnife', 0, Failure.DROPPED),
            episode('PickCarrot', 1, Failure.NEVER_GRASPED),
        ]
    )
    assert rates[0] == SuccessRate('PickCarrot', 2, 1, 10.0, {'never grasped': 1})
    assert rates[1].failures == {'dropped': 1}


def test_the_table_shows_rate_and_interval():
    row = table([SuccessRate('PickCarrot', 10, 8, 21.0, {'dropped': 2})]).splitlines()[-1]
    assert row == '| PickCarrot | 80.0 % of 10 | 49.0 to 94.3 | 21 | 2 dropped |'


def test_the_expert_s_episodes_come_back_in_the_order_of_the_seeds():
    results = run_expert_episodes(['PickCarrot'], range(3), workers=2)
    assert [result.seed for result in results] == [0, 1, 2]
    assert all(result.success for result in results)


def test_an_unknown_task_is_refused_with_the_names_there_are(capsys):
    with pytest.raises(SystemExit):
        main(['--tasks', 'PickBanana'])
    assert 'PickCarrot' in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_run(capsys):
    with pytest.raises(SystemExit, match='2'):
        main(['--tasks', 'PickCarrot', '--out', 'missing/rates.json'])
    assert 'there is no folder missing to write rates.json to' in capsys.readouterr().err
