# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command that records demonstrations."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genvla_command import parts
from genvla_command.kept_settings import SettingsMismatch
from genvla_sim.tasks.tabletop_env import FIRST_TRAINING_SEED
from genvla_training import make_demos as command
from genvla_training.data.lerobot import open_lerobot
from genvla_training.make_demos import DemoOptions, NeverSucceeds, main, make_demos

EPISODES = 5


@pytest.fixture(scope='module', autouse=True)
def _small_parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, 'EPISODES_PER_PART', 2)
        yield


@pytest.fixture(scope='module')
def whole(tmp_path_factory, in_this_process):
    """The folder of an uninterrupted run in three parts; not to be changed."""
    folder = tmp_path_factory.mktemp('demos') / 'whole'
    with in_this_process():
        make(folder)
    return folder


def small(folder, **options):
    kept = {'episodes': EPISODES, 'tasks': ('PickCarrot', 'PickKnife'), 'distractors': 1}
    return DemoOptions(folder, **kept | options)


def make(folder, **options):
    make_demos(small(folder, **options), workers=1)


def interrupt_after_a_part(folder, monkeypatch):
    """Run until one part is complete, and leave a piece of the next one, like a killed run."""

    def interrupted(run, jobs, **kwargs):
        run(jobs[0])
        (jobs[1].path.parent / '00001.unfinished.1a2b.partial').mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(parts, 'in_processes', interrupted)
        with pytest.raises(KeyboardInterrupt):
            make(folder)


def test_the_data_set_opens_as_a_lerobot_folder(whole):
    dataset = open_lerobot(whole)
    assert (len(dataset.lengths_E), dataset.control_rate_hz) == (EPISODES, 5.0)
    for index in range(EPISODES):
        episode = dataset.read(index)
        assert episode.actions_TA.shape == (dataset.lengths_E[index], 7)
        assert [image.shape for image in episode.frames[0]] == [(240, 320, 3)]
        assert np.abs(episode.actions_TA[:, :3]).max() <= 0.05
        assert set(np.unique(episode.actions_TA[:, 6])) <= {0.0, 1.0}


def test_executed_actions_and_continuations_are_read_back(whole):
    episode = open_lerobot(whole).read(0)
    num_steps = len(episode.actions_TA)
    assert episode.executed_TA.shape == (num_steps, 7)
    assert episode.continuations_THA.shape == (num_steps, 8, 7)
    np.testing.assert_array_equal(episode.continuations_THA[:, 0], episode.actions_TA)
    assert np.any(episode.executed_TA != episode.actions_TA)


def test_tasks_alternate(whole):
    dataset = open_lerobot(whole)
    assert [dataset.read(index).instruction for index in range(EPISODES)] == [
        'pick up the carrot', 'pick up the knife', 'pick up the carrot', 'pick up the knife',
        'pick up the carrot',
    ]  # fmt: skip


def test_the_task_and_seed_of_every_episode_are_stored(whole):
    seeds = json.loads((whole / 'meta' / 'seeds.json').read_text())
    assert [entry['task'] for entry in seeds] == [
        'PickCarrot', 'PickKnife', 'PickCarrot', 'PickKnife', 'PickCarrot',
    ]  # fmt: skip
    numbers = [entry['seed'] for entry in seeds]
    assert [(seed - FIRST_TRAINING_SEED) % EPISODES for seed in numbers] == [0, 1, 2, 3, 4]
    assert min(numbers) >= 1_000_000  # evaluation has the seeds from 0


def test_the_parts_folder_is_removed(whole):
    assert [path.name for path in whole.parent.iterdir()] == ['whole']


def test_an_interrupted_run_resumes_with_the_same_result(
    whole, tmp_path, monkeypatch, capsys, files_in
):
    interrupt_after_a_part(tmp_path / 'demos', monkeypatch)
    assert not (tmp_path / 'demos').exists()
    assert (tmp_path / 'demos.parts' / '00000' / 'meta' / 'info.json').exists()
    make(tmp_path / 'demos')
    assert '40%' in capsys.readouterr().err  # where the progress bar begins
    found, expected = (
        {name: held for name, held in files_in(folder).items() if not name.endswith('.mp4')}
        for folder in (tmp_path / 'demos', whole)
    )
    assert found == expected
    # Renderer and encoder may round otherwise; another moment or scene differs by far more.
    videos = [open_lerobot(folder) for folder in (tmp_path / 'demos', whole)]
    for index in range(EPISODES):
        pictures = [np.array(video.read(index).frames, dtype=int) for video in videos]
        assert np.abs(pictures[0] - pictures[1]).mean() <= 0.05


def test_parts_are_not_resumed_with_other_options(tmp_path, monkeypatch, files_in):
    interrupt_after_a_part(tmp_path / 'demos', monkeypatch)
    before = files_in(tmp_path)
    for option, value in (('episodes', 6), ('distractors', 0), ('tasks', ('PickKnife',))):
        with pytest.raises(SettingsMismatch, match=f'{option} .*, now .*delete the folder'):
            make(tmp_path / 'demos', **{option: value})
    assert files_in(tmp_path) == before


def test_an_existing_data_set_is_not_overwritten(whole, files_in):
    before = files_in(whole)
    with pytest.raises(FileExistsError, match='whole already exists; delete it or choose another'):
        make(whole)
    assert files_in(whole) == before


def test_no_seed_is_used_twice_if_some_fail(monkeypatch, tmp_path):
    options, rng = small(tmp_path / 'demos', episodes=50), np.random.default_rng(0)
    tried = []

    def demonstrate(env, seed, disturbance, *, horizon):
        tried.append(seed)
        return seed if rng.random() < 0.3 else None

    monkeypatch.setattr(command, 'demonstrate', demonstrate)
    for number in range(50):
        assert (command._first_success(None, options, number) - FIRST_TRAINING_SEED) % 50 == number
    assert len(tried) == len(set(tried)) > 100


def test_recording_stops_if_the_expert_never_succeeds(monkeypatch, tmp_path):
    monkeypatch.setattr(command, 'demonstrate', lambda *_, **__: None)
    env = command.TabletopEnv('PickKnife', render_images=False)
    env.reset(seed=0)
    with pytest.raises(
        NeverSucceeds, match='PickKnife: the expert failed with 100 consecutive seeds'
    ):
        command._first_success(env, small(tmp_path / 'demos'), 0)


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['--tasks', 'PickBanana'], "no task is called 'PickBanana'; available: PickCarrot, "),
        (['--tasks'], 'no task is given; available: PickCarrot, '),
        (['--episodes', '0'], 'episodes is 0, expected 1 or more'),
        (['--episodes', 'many'], '--episodes'),
        (['--distractors', '-1'], 'distractors is -1, expected 0 or more'),
        (['--distractors', '9'], 'leaves only 4 other graspable objects, but 9 were requested'),
        (['--seed', '7'], 'seed is 7, expected 1000000 or more: lower seeds'),
        (['--disturbance.slip-share', '2'], 'slip_share is 2.0, expected a share from 0 to 1'),
    ],
)
def test_invalid_options_end_with_a_one_line_message(tmp_path, sentence, arguments, said):
    assert said in sentence(main, tmp_path / 'demos', *arguments)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_ends_with_a_one_line_message(tmp_path, sentence):
    assert f'FileExistsError: {tmp_path} already exists' in sentence(main, tmp_path)


def test_an_unwritable_folder_ends_with_a_one_line_message(tmp_path, sentence):
    (tmp_path / 'file').touch()
    said = sentence(main, tmp_path / 'file' / 'demos')
    assert 'demos.parts cannot be read or written: Not a directory; choose another path' in said


def test_help_names_the_command_and_every_option(capsys):
    with pytest.raises(SystemExit, match='0'):
        main(['--help'])
    said = capsys.readouterr().out
    assert 'usage: python -m genvla_training.make_demos' in said
    for option in ('--episodes', '--tasks', '--distractors', '--seed', '--disturbance.hold-steps'):
        assert option in said
