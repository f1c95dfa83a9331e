# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""From the simulator to bags to a data set, and where bags are cut."""

from __future__ import annotations

from dataclasses import replace
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from rosbags.rosbag2 import Reader, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from genvla_bags.joint_track import JointTrack
from genvla_eval.simulated_bag import PERIOD_S, START_S, BagWriter, run_policy
from genvla_policy.policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_training import bags_to_lerobot as command
from genvla_training.bags_to_lerobot import SOURCES_FILE, BagOptions, NoEpisodes, bags_to_lerobot
from genvla_training.data.bag_episodes import RecordedStep, cut
from genvla_training.data.lerobot import open_lerobot

FIRST, SECOND = 'pick up the carrot', 'pick up the knife'


@pytest.fixture(scope='module')
def steps():
    """Thirty steps of the shipped policy, told something else after the first eighteen."""
    told = run_policy(Policy.load(SHIPPED_CHECKPOINT, device='cpu'), 30)
    return [
        replace(step, instruction=FIRST if number < 18 else SECOND)
        for number, step in enumerate(told)
    ]


@pytest.fixture(scope='module')
def bag(steps, tmp_path_factory):
    return BagWriter(with_chunks=False).write(tmp_path_factory.mktemp('bags') / 'bag', steps)


def test_what_was_recorded_is_what_can_be_trained_on(bag, steps, tmp_path):
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data'))
    data = open_lerobot(tmp_path / 'data')
    assert data.control_rate_hz == 5.0
    episodes = [data.read(number) for number in range(len(told['episodes']))]
    assert [episode.instruction for episode in episodes] == [FIRST, SECOND]
    track = JointTrack(
        START_S + PERIOD_S * np.arange(len(steps)),
        np.stack([step.q for step in steps]),
        np.array([step.opening for step in steps]),
    )
    for episode, entry in zip(episodes, told['episodes'], strict=True):
        begins = round((entry['begins_s'] - START_S) / PERIOD_S)
        for number in (0, len(episode.actions_TA) - 1):
            [reached] = track.reached_actions(
                START_S + PERIOD_S * (begins + number), num_steps=1, period_s=PERIOD_S
            )
            np.testing.assert_allclose(episode.actions_TA[number], reached, atol=1e-4)
            seen = episode.frames[number][0].astype(float)
            assert np.abs(seen - steps[begins + number].image).mean() < 4.0
    kept = json.loads((tmp_path / 'data' / SOURCES_FILE).read_text())
    assert kept == told
    assert kept['bags'][0]['sha256']


def test_two_bags_make_one_data_set(bag, steps, tmp_path):
    other = BagWriter(with_chunks=False).write(tmp_path / 'other', steps[:18])
    told = bags_to_lerobot(BagOptions((bag, other), tmp_path / 'data'))
    assert [entry['instruction'] for entry in told['episodes']] == [FIRST, SECOND, FIRST]


def test_a_bag_without_instructions_is_told_one(steps, tmp_path):
    bag = BagWriter(with_chunks=False, with_instruction=False).write(tmp_path / 'bag', steps)
    with pytest.raises(NoEpisodes, match='--instruction'):
        bags_to_lerobot(BagOptions((bag,), tmp_path / 'none'))
    assert not (tmp_path / 'none').exists()
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data', instruction='tidy up'))
    assert [entry['instruction'] for entry in told['episodes']] == ['tidy up']


def test_a_bag_without_the_arm_has_nothing_to_train_on(steps, tmp_path):
    bag = BagWriter(with_chunks=False, with_joints=False).write(tmp_path / 'bag', steps)
    with pytest.raises(NoEpisodes, match='nothing to train on'):
        bags_to_lerobot(BagOptions((bag,), tmp_path / 'data'))


def test_pictures_of_another_size_end_it_and_nothing_is_left(bag, tmp_path):
    small = run_policy(Policy.load(SHIPPED_CHECKPOINT, device='cpu'), 12, image_size=(80, 60))
    other = BagWriter(with_chunks=False).write(tmp_path / 'other', small)
    with pytest.raises(SystemExit, match='pictures are'):
        command.main([str(bag), str(other), '--out', str(tmp_path / 'data')])
    assert [path.name for path in tmp_path.iterdir()] == ['other']


def test_the_command_says_what_came_of_it(bag, tmp_path, capsys):
    command.main([str(bag), '--out', str(tmp_path / 'data')])
    assert '2 episodes' in capsys.readouterr().out
    with pytest.raises(SystemExit, match='data'):
        command.main([str(bag), '--out', str(tmp_path / 'data')])


def recorded(dx_m, *, instruction='go', begins_s=0.0, grips=()):
    """Steps that move by so much in x, one after the other."""
    found = []
    for number, dx in enumerate(dx_m):
        action = np.array([dx, 0, 0, 0, 0, 0, 0.0 if number in grips else 1.0])
        found.append(RecordedStep(begins_s + PERIOD_S * number, instruction, np.zeros(7), action))
    return found


def lengths(found):
    return [len(episode.steps) for episode in found.episodes]


def test_what_stands_still_at_the_ends_is_trimmed_but_for_one_step():
    steps = recorded([0.0] * 7 + [0.01] * 10 + [0.0] * 9)
    found = cut(steps, period_s=PERIOD_S)
    assert lengths(found) == [11]
    assert found.num_idle == 15
    assert found.episodes[0].steps[0].time_s == pytest.approx(1.4)
    assert lengths(cut(steps, period_s=PERIOD_S, keep_idle=True)) == [26]


def test_a_gripper_that_closes_is_no_idle_step():
    found = cut(recorded([0.01] * 6 + [0.0] * 6, grips=range(9, 12)), period_s=PERIOD_S)
    assert lengths(found) == [11]  # Up to the closing, and one step after it.


def test_another_instruction_a_pause_and_unknown_joints_cut():
    told = [*recorded([0.01] * 6), *recorded([0.01] * 6, instruction='stop', begins_s=1.2)]
    assert lengths(cut(told, period_s=PERIOD_S)) == [6, 6]
    paused = [*recorded([0.01] * 6), *recorded([0.01] * 6, begins_s=3.0)]
    assert lengths(cut(paused, period_s=PERIOD_S)) == [6, 6]
    unknown = recorded([0.01] * 6 + [np.nan] + [0.01] * 7)
    found = cut(unknown, period_s=PERIOD_S)
    assert lengths(found) == [6, 7]
    assert found.num_unknown == 1


@pytest.mark.parametrize(
    ('dx_m', 'reason'),
    [
        ([0.01] * 3, '3 steps, fewer than 5'),
        ([0.0] * 20, 'nothing moves'),
        ([0.01] * 5 + [0.4] + [0.01] * 5, 'a step of 0.40 m'),
    ],
)
def test_what_is_no_episode_is_left_out_with_its_reason(dx_m, reason):
    found = cut(recorded(dx_m), period_s=PERIOD_S)
    assert found.episodes == []
    [line] = found.left_out
    assert reason in line
    assert "'go' from 0.0 s" in line


def test_options_that_mean_nothing_are_refused(tmp_path):
    with pytest.raises(ValueError, match='at least one bag'):
        BagOptions((), tmp_path)
    with pytest.raises(ValueError, match='control_rate_hz is 0'):
        BagOptions((tmp_path,), tmp_path, control_rate_hz=0)


def test_a_policy_is_trained_on_what_was_recorded(bag, tmp_path):
    """A few steps of the real command, on the data set as it is."""
    bags_to_lerobot(BagOptions((bag,), tmp_path / 'data' / 'demos'))
    result = subprocess.run(
        [
            *(sys.executable, '-m', 'genvla_training.train', 'pi0_s_tiny', '--out', 'run'),
            *('--steps', '3', '--batch-size', '4', '--data.num-streams', '2'),
            *('--data.pool-episodes', '2', '--log-every-steps', '1', '--precision', 'float32'),
            *('--validation.every-steps', '0', '--optimizer.warmup-steps', '1'),
        ],
        cwd=tmp_path,
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    policy = Policy.load(tmp_path / 'run' / 'step-000003', device='cpu')
    assert policy.config.trained


def noted(bag, tmp_path, **about):
    """A copy of a bag that was recorded on request, without what a policy was told."""
    copy = tmp_path / 'noted'
    with Reader(bag) as reader, Writer(copy, version=9, storage_plugin=StoragePlugin.MCAP) as out:
        for key, value in about.items():
            out.set_custom_data(key, value)
        store = get_typestore(Stores.ROS2_JAZZY)
        topics = {
            each.id: out.add_connection(each.topic, each.msgtype, typestore=store)
            for each in reader.connections
            if each.topic != '/policy/instruction'
        }
        for connection, time_ns, data in reader.messages():
            if connection.id in topics:
                out.write(topics[connection.id], time_ns, data)
    return copy


def test_a_teleoperated_bag_has_the_instruction_that_was_noted(bag, tmp_path):
    told = bags_to_lerobot(
        BagOptions((noted(bag, tmp_path, instruction='tidy up'),), tmp_path / 'data')
    )
    assert {episode['instruction'] for episode in told['episodes']} == {'tidy up'}


def test_a_failure_is_left_out_unless_it_is_asked_for(bag, tmp_path):
    failed = noted(bag, tmp_path, instruction='tidy up', outcome='failure')
    with pytest.raises(NoEpisodes, match='judged a failure'):
        bags_to_lerobot(BagOptions((failed,), tmp_path / 'data'))
    told = bags_to_lerobot(BagOptions((bag, failed), tmp_path / 'data'))
    assert [entry['episodes'] > 0 for entry in told['bags']] == [True, False]
    told = bags_to_lerobot(BagOptions((failed,), tmp_path / 'all', failures=True))
    assert told['episodes']
