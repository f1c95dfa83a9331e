# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Closed-loop episodes of a checkpoint."""

import json
import shutil

import pytest

from genvla_eval import rollouts
from genvla_eval.rollouts import RolloutOptions, run_rollouts
from genvla_eval.suite import episodes
from genvla_eval.suite.cells import Cell
from genvla_eval.suite.episodes import Job, play
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.inference.policy import Policy
from genvla_sim.tasks.table_v import TASKS


@pytest.fixture(scope='module')
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('checkpoint')
    write_tiny_checkpoint(folder, tiny_config(horizon=2), seed=0)
    return folder


def options(checkpoint, **changes):
    return RolloutOptions(
        task=('PickCarrot',), episodes=6, checkpoint=checkpoint, max_steps=3, **changes
    )


def test_an_untrained_checkpoint_never_succeeds(untrained, capsys):
    rollouts.main(
        f'--task PickCarrot --episodes 2 --seed 7 --max-steps 3 --checkpoint {untrained}'.split()
    )
    report = json.loads(capsys.readouterr().out)
    assert report['successes'] == 0
    assert report['success_rate'] == 0.0
    assert report['wilson_95'][0] == 0.0
    assert report['mean_steps'] is None
    assert (report['task'], report['episodes'], report['seed']) == ('PickCarrot', 2, 7)
    assert report['checkpoint_sha256'] == checkpoint_sha256(untrained)


def test_camera_images_have_the_requested_size(untrained, monkeypatch):
    sizes = []
    infer = Policy.infer

    def watched(policy, observation, **options):
        sizes.append(observation.images[0].shape)
        return infer(policy, observation, **options)

    monkeypatch.setattr(Policy, 'infer', watched)
    cell = Cell('rollouts', 'PickCarrot', 'rollout', seed=0)
    play(Job(cell, (0,), untrained, max_steps=1, picture_size=(128, 72)))
    assert set(sizes) == {(72, 128, 3)}


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(untrained):
    late = {'latency_s': (0.3,), 'jitter': 0.5}
    one, two = (list(run_rollouts(options(untrained, workers=n, **late))) for n in (1, 2))
    assert one == two


def test_the_expert_succeeds_and_has_no_hash():
    options = RolloutOptions(task=('PickCarrot',), episodes=3, expert=True, workers=1)
    (report,) = run_rollouts(options)
    assert (report['successes'], report['checkpoint_sha256']) == (3, None)
    # Of 44 steps: the scenes are those of every version before.
    assert report['mean_steps'] == 44 / 3


def test_ways_and_latencies_are_compared_and_a_run_resumes(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(episodes, '_EPISODES_PER_JOB', 1)
    command = ['--expert', '--task', 'PickCarrot', '--episodes', '1', '--workers', '1']
    command += ['--max-steps', '4']
    command += ['--latency-s', '0.1', '0.3', '--execution', 'commit', 'replace']
    command += ['--out', str(tmp_path)]
    rollouts.main(command)
    lines = capsys.readouterr().out.splitlines()
    assert [(r['execution'], r['latency_s']) for r in map(json.loads, lines)] == [
        ('commit', 0.1), ('commit', 0.3), ('replace', 0.1), ('replace', 0.3),
    ]  # fmt: skip
    assert (tmp_path / 'latency.png').stat().st_size > 1000
    monkeypatch.setattr(
        episodes, 'play', None
    )  # the episodes of the first run are not played again
    rollouts.main(command)
    assert capsys.readouterr().out.splitlines() == lines


def test_a_checkpoint_that_cannot_commit_is_reported_to_replace_its_chunks(untrained, capsys):
    told = '--task PickCarrot --episodes 1 --max-steps 1 --workers 1 --execution commit replace'
    rollouts.main([*told.split(), '--checkpoint', str(untrained)])
    printed = capsys.readouterr()
    (report,) = map(json.loads, printed.out.splitlines())
    assert report['execution'] == 'replace'
    assert 'was not trained to continue from committed actions (begun_share is 0)' in printed.err


def test_the_line_is_valid_json_even_without_any_command(capsys):
    def refuse(constant):
        raise ValueError(f'{constant} is not JSON')

    late = '--latency-s 2.3 --execution replace --max-steps 3'
    rollouts.main(f'--expert --task PickCarrot --episodes 1 --workers 1 {late}'.split())
    report = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert report['image_to_command_s'] is None


def test_all_selects_every_task():
    assert RolloutOptions(task=('all',)).tasks == tuple(TASKS)


def test_an_unknown_task_is_refused(untrained):
    with pytest.raises(ValueError, match="no task is called 'PickMoon'"):
        RolloutOptions(task=('PickMoon',), checkpoint=untrained)


@pytest.mark.parametrize(
    ('change', 'complaint'),
    [
        ({'task': ('PickCarrot', 'PickCarrot')}, 'given twice'),
        ({'seed': 1_000_000}, 'demonstrations'),
        ({'workers': -1}, 'at least 0'),
        ({'distractors': -1}, 'at least 0'),
        ({'picture_size': (0, 48)}, 'picture_size'),
    ],
)
def test_options_that_give_no_fair_measurement_are_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        RolloutOptions(**change)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(CheckpointMismatch):
        next(run_rollouts(options(tmp_path)))


def test_errors_end_the_command_with_a_one_line_message(tmp_path):
    with pytest.raises(SystemExit, match=r'CheckpointMismatch: .* lacks'):
        rollouts.main(['--checkpoint', str(tmp_path)])
    crowded = ['--task', 'PlaceKnifeNearCorn', '--distractors', '3', '--episodes', '1']
    with pytest.raises(SystemExit, match=r'NoRoom: .* place fewer objects'):
        rollouts.main(['--expert', *crowded])


def test_the_hash_covers_the_settings_but_not_the_card(untrained, tmp_path):
    before = checkpoint_sha256(untrained)
    card = untrained / 'README.md'
    text = card.read_text()
    card.write_text('another card')
    assert checkpoint_sha256(untrained) == before
    card.write_text(text)
    config = untrained / 'config.json'
    changed = config.read_text().replace('"horizon": 2', '"horizon": 1')
    kept = config.read_text()
    config.write_text(changed)
    assert checkpoint_sha256(untrained) != before
    config.write_text(kept)


def test_the_results_are_written_into_the_card(untrained, tmp_path):
    checkpoint = tmp_path / 'tiny'
    shutil.copytree(untrained, checkpoint)
    told = f'--task PickCarrot --episodes 1 --max-steps 2 --workers 1 --checkpoint {checkpoint}'
    rollouts.main([*told.split(), '--card'])
    card = (checkpoint / 'README.md').read_text()
    assert '| PickCarrot | 0 of 1 | 0% to' in card
    assert f'    genvla eval rollouts {told} --card\n' in card


def test_a_card_needs_exactly_one_latency_and_execution(untrained):
    with pytest.raises(ValueError, match='one latency and one execution'):
        options(untrained, card=True, latency_s=(0.1, 0.4))
