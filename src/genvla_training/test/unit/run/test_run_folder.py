# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A run's folder belongs to one run, and keeps its last checkpoints."""

from dataclasses import replace
import json

import pytest

from genvla_training.data.mixture import StreamOptions
from genvla_training.run.recipes import RECIPES
from genvla_training.run.run_folder import RunFolder, RunMismatch

CONFIG = RECIPES['tiny']()


def begun(path, config=CONFIG):
    """Return the folder of a run that has a checkpoint."""
    folder = RunFolder(path)
    folder.begin(config)
    folder.checkpoint(5).mkdir()
    return folder


def test_a_failed_start_does_not_block_another_configuration(tmp_path):
    RunFolder(tmp_path / 'run').begin(CONFIG)
    other = replace(CONFIG, steps=7)
    folder = begun(tmp_path / 'run', other)
    folder.begin(other)
    with pytest.raises(RunMismatch, match=r'steps \(7, now 8000\)'):
        folder.begin(CONFIG)


def test_another_configuration_is_refused_by_name(tmp_path):
    folder = begun(tmp_path / 'run')
    other = replace(CONFIG, optimizer=replace(CONFIG.optimizer, learning_rate=7e-4))
    with pytest.raises(RunMismatch, match=r'optimizer.learning_rate \(0.001, now 0.0007\)'):
        folder.begin(other)


def test_a_run_with_a_constant_rate_may_be_lengthened(tmp_path):
    constant = replace(CONFIG, optimizer=replace(CONFIG.optimizer, schedule='constant'))
    folder = begun(tmp_path / 'run', constant)
    folder.begin(replace(constant, steps=CONFIG.steps + 1, num_workers=3))


def test_a_run_from_before_a_field_existed_resumes(tmp_path):
    folder = begun(tmp_path / 'run')
    file = tmp_path / 'run' / 'train_config.json'
    old = json.loads(file.read_text())
    del old['passes'], old['optimizer']['final_rate']
    file.write_text(json.dumps(old))
    folder.begin(CONFIG)
    old['optimizer']['final_rate'] = 0.5
    file.write_text(json.dumps(old))
    with pytest.raises(RunMismatch, match=r'optimizer.final_rate \(0.5, now 0.1\)'):
        folder.begin(CONFIG)


@pytest.mark.parametrize(
    'change',
    [
        {'steps': CONFIG.steps + 1},
        {'validation': replace(CONFIG.validation, episode_share=0.2)},
    ],
)
def test_changes_of_rate_or_order_are_refused(tmp_path, change):
    folder = begun(tmp_path / 'run')
    with pytest.raises(RunMismatch, match=r'steps|episode_share'):
        folder.begin(replace(CONFIG, **change))


def test_data_that_has_changed_is_refused_by_name(tmp_path):
    folder = RunFolder(tmp_path)
    folder.check_data({'demos': 'a', 'vl': 'b'})
    folder.checkpoint(5).mkdir()
    folder.check_data({'demos': 'a', 'vl': 'b'})
    with pytest.raises(RunMismatch, match=r'started with other data: vl has changed'):
        folder.check_data({'demos': 'a', 'vl': 'c'})


def test_data_may_change_until_there_is_a_checkpoint(tmp_path):
    folder = RunFolder(tmp_path)
    folder.check_data({'demos': 'broken'})
    folder.check_data({'demos': 'mended'})
    folder.checkpoint(5).mkdir()
    folder.check_data({'demos': 'mended'})


def test_how_often_a_run_validates_may_change(tmp_path):
    folder = begun(tmp_path / 'run')
    validation = replace(CONFIG.validation, every_steps=7, num_samples=3)
    folder.begin(replace(CONFIG, validation=validation))


def test_validation_may_not_be_switched_on_or_off(tmp_path):
    folder = begun(tmp_path / 'run')
    with pytest.raises(RunMismatch, match=r'validation.every_steps \(500, now 0\)'):
        folder.begin(replace(CONFIG, validation=replace(CONFIG.validation, every_steps=0)))


def test_a_truncated_configuration_is_refused_by_name(tmp_path):
    folder = begun(tmp_path)
    (tmp_path / 'train_config.json').write_text('')
    with pytest.raises(RunMismatch, match=r'train_config.json is damaged or not from genvla'):
        folder.begin(CONFIG)


def test_a_truncated_line_does_not_damage_the_next(tmp_path):
    folder = RunFolder(tmp_path)
    folder.log({'step': 1})
    with (tmp_path / 'metrics.jsonl').open('a') as file:
        file.write('{"ste')
    folder.log({'step': 2})
    assert (tmp_path / 'metrics.jsonl').read_text() == '{"step": 1}\n{"ste\n{"step": 2}\n'


@pytest.mark.parametrize(
    ('change', 'complaint'),
    [
        ({'log_every_steps': 0}, 'log_every_steps is 0'),
        ({'data': StreamOptions(num_streams=0)}, 'num_streams is 0'),
        ({'keep_checkpoints': 0}, 'keep_checkpoints is 0'),
    ],
)
def test_invalid_numbers_are_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(CONFIG, **change)


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / 'thesis.tex').touch()
    with pytest.raises(RunMismatch, match='is not empty'):
        RunFolder(tmp_path).begin(CONFIG)


def test_the_last_checkpoints_are_kept_and_leftovers_are_removed(tmp_path):
    folder = RunFolder(tmp_path)
    for step in (5, 10, 100):
        folder.checkpoint(step).mkdir()
    for left in ('step-000200.abc.partial', 'step-000005.removed'):
        (tmp_path / left).mkdir()
    assert [step for step, _ in folder.checkpoints()] == [5, 10, 100]
    folder.keep_last(2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['step-000010', 'step-000100']


def test_a_checkpoint_that_is_being_removed_is_not_listed(monkeypatch, tmp_path):
    folder = RunFolder(tmp_path)
    for step in (5, 10):
        folder.checkpoint(step).mkdir()
    monkeypatch.setattr('shutil.rmtree', lambda path: None)  # killed before anything is gone
    folder.keep_last(1)
    assert [step for step, _ in folder.checkpoints()] == [10]


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    first = RunFolder(tmp_path / 'run')
    first.begin(CONFIG)
    with pytest.raises(RunMismatch, match='another process is training in'):
        RunFolder(tmp_path / 'run').begin(replace(CONFIG, steps=7))
    assert json.loads((tmp_path / 'run' / 'train_config.json').read_text())['steps'] == 8000


def test_metrics_of_a_failed_start_are_discarded(tmp_path):
    RunFolder(tmp_path).begin(CONFIG)
    (tmp_path / 'metrics.jsonl').write_text('{"step": 10}')
    (tmp_path / 'logs').mkdir()
    RunFolder(tmp_path).begin(replace(CONFIG, steps=7))
    assert not (tmp_path / 'metrics.jsonl').exists()
    assert not (tmp_path / 'logs').exists()
