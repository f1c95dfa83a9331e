# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of simulated bags into a data set."""

from __future__ import annotations

from dataclasses import replace
import json

import numpy as np
import pytest

from genvla_bags.bag_messages import BagError
from genvla_bags.joint_track import JointTrack
from genvla_bags.step_bag import PERIOD_S, START_S, StepBag
from genvla_command.kept_settings import SettingsMismatch
from genvla_eval.closed_loop.simulated_steps import run_policy
from genvla_policy.inference.policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_training import train
from genvla_training.bags_to_lerobot import command
from genvla_training.bags_to_lerobot.bag_part import make_bag_part
from genvla_training.bags_to_lerobot.command import (
    SOURCES_FILE,
    NoEpisodes,
    bags_to_lerobot,
)
from genvla_training.bags_to_lerobot.options import BagOptions
from genvla_training.data.lerobot import open_lerobot

FIRST, SECOND = 'pick up the carrot', 'pick up the knife'


@pytest.fixture(autouse=True)
def without_workers(in_this_process):
    with in_this_process():
        yield


@pytest.fixture(scope='module')
def steps():
    """Thirty steps of the shipped policy, with another instruction after the first eighteen."""
    told = run_policy(Policy.load(SHIPPED_CHECKPOINT, device='cpu'), 30)
    return [
        replace(step, instruction=FIRST if number < 18 else SECOND)
        for number, step in enumerate(told)
    ]


@pytest.fixture(scope='module')
def bag(steps, tmp_path_factory):
    return StepBag(with_chunks=False).write(tmp_path_factory.mktemp('bags') / 'bag', steps)


def test_the_data_set_contains_what_was_recorded(bag, steps, tmp_path):
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


def test_two_bags_are_converted_into_one_data_set(bag, steps, tmp_path):
    other = StepBag(with_chunks=False).write(tmp_path / 'other', steps[:18])
    told = bags_to_lerobot(BagOptions((bag, other), tmp_path / 'data'))
    assert [entry['instruction'] for entry in told['episodes']] == [FIRST, SECOND, FIRST]


def test_a_bag_without_instructions_needs_the_option(steps, tmp_path):
    bag = StepBag(with_chunks=False, with_instruction=False).write(tmp_path / 'bag', steps)
    with pytest.raises(NoEpisodes, match='--instruction'):
        bags_to_lerobot(BagOptions((bag,), tmp_path / 'none'))
    assert not (tmp_path / 'none').exists()
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data', instruction='tidy up'))
    assert [entry['instruction'] for entry in told['episodes']] == ['tidy up']


def test_a_bag_without_the_arm_gives_no_episodes(steps, tmp_path):
    bag = StepBag(with_chunks=False, with_joints=False).write(tmp_path / 'bag', steps)
    with pytest.raises(NoEpisodes, match='no episodes to train on'):
        bags_to_lerobot(BagOptions((bag,), tmp_path / 'data'))


def test_a_bag_without_the_arm_is_skipped_with_its_reason_if_others_are_good(bag, steps, tmp_path):
    blind = StepBag(with_joints=False).write(tmp_path / 'bag', steps)
    told = bags_to_lerobot(BagOptions(bags=(bag, blind), out=tmp_path / 'out'))
    assert [entry['left_out'] for entry in told['bags']] == [
        [],
        ['no joint states of the arm: its motion is unknown'],
    ]


def reasons(told):
    """Return the notices about each bag."""
    return [' | '.join((*entry['notices'], *entry['left_out'])) for entry in told['bags']]


def test_a_bag_with_another_image_size_is_skipped_and_the_rest_is_kept(bag, steps, tmp_path):
    small = [replace(step, image=step.image[::2, ::2]) for step in steps]
    other = StepBag(with_chunks=False).write(tmp_path / 'other', small)
    told = bags_to_lerobot(BagOptions((bag, other, bag), tmp_path / 'data'))
    assert [entry['episodes'] for entry in told['bags']] == [2, 0, 2]
    assert 'only data sets of the same robot and format can be merged' in reasons(told)[1]


def resized(steps, size, begin):
    """Return steps whose images have another (height, width) from one step on."""
    return [
        replace(step, image=step.image[: size[0], : size[1]]) if number >= begin else step
        for number, step in enumerate(steps)
    ]


def test_a_bag_whose_image_size_changes_in_its_first_episode_is_skipped(bag, steps, tmp_path):
    other = StepBag(with_chunks=False).write(tmp_path / 'other', resized(steps, (32, 32), 8))
    told = bags_to_lerobot(BagOptions((other, bag), tmp_path / 'data'))
    assert [entry['episodes'] for entry in told['bags']] == [0, 2]
    [reason] = told['bags'][0]['left_out']
    assert 'images are [(32, 32, 3)]' in reason


def test_only_the_episode_in_which_the_image_size_changes_is_skipped(steps, tmp_path):
    bag = StepBag(with_chunks=False).write(tmp_path / 'bag', resized(steps, (32, 32), 22))
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data'))
    assert [entry['instruction'] for entry in told['episodes']] == [FIRST]
    assert 'images are [(32, 32, 3)]' in reasons(told)[0]


def test_a_bag_with_an_odd_image_size_is_skipped(bag, steps, tmp_path):
    odd = StepBag(with_chunks=False).write(tmp_path / 'odd', resized(steps, (31, 32), 0))
    told = bags_to_lerobot(BagOptions((odd, bag), tmp_path / 'data'))
    assert [entry['episodes'] for entry in told['bags']] == [0, 2]
    assert 'images are 31 x 32 (height, width); video needs even sizes' in reasons(told)[0]


def test_a_bag_that_contains_its_images_twice_is_skipped(bag, steps, tmp_path):
    twice = StepBag(
        with_chunks=False, stamp_offset_s={n: -PERIOD_S * (n % 2) for n in range(len(steps))}
    ).write(tmp_path / 'twice', steps)
    told = bags_to_lerobot(BagOptions((twice, bag), tmp_path / 'data'))
    assert [entry['episodes'] for entry in told['bags']] == [0, 2]
    assert 'have the time of the image before them' in reasons(told)[0]


def test_images_that_are_not_a_control_period_apart_are_reported(steps, tmp_path):
    """Every second image is taken 45 ms late."""
    steps = [replace(step, instruction=FIRST) for step in steps[:-1]]
    offset_s = {n: 0.045 * (n % 2) for n in range(len(steps))}
    bag = StepBag(with_chunks=False, stamp_offset_s=offset_s).write(tmp_path / 'bag', steps)
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data', keep_idle=True))
    [episode] = told['episodes']
    count = episode['steps'] - 1
    assert (
        f'{count} of {count} intervals between images differ from the control' in reasons(told)[0]
    )


def test_an_unreadable_bag_does_not_affect_the_others(bag, tmp_path):
    broken = tmp_path / 'broken'
    broken.mkdir()
    data = next(bag.glob('*.mcap')).read_bytes()
    (broken / 'broken_0.mcap').write_bytes(data[: len(data) // 2])
    told = bags_to_lerobot(BagOptions((broken, bag), tmp_path / 'data'))
    assert [entry['episodes'] for entry in told['bags']] == [0, 2]
    [reason] = told['bags'][0]['left_out']
    assert 'mcap recover' in reason
    with pytest.raises(NoEpisodes, match='mcap recover'):
        bags_to_lerobot(BagOptions((broken,), tmp_path / 'none'))


def test_a_folder_of_bags_is_distinguished_from_a_bag(bag, steps, tmp_path):
    StepBag().write(tmp_path / 'bags' / 'one', steps)
    with pytest.raises(NoEpisodes, match=r'is a folder of 1 bags; pass the bags: .*/bags/\*'):
        bags_to_lerobot(BagOptions((tmp_path / 'bags',), tmp_path / 'data'))


def test_a_missing_bag_is_refused_before_any_work(bag, tmp_path):
    with pytest.raises(BagError, match=r'bag .* does not exist'):
        bags_to_lerobot(BagOptions((bag, tmp_path / 'bga'), tmp_path / 'data'))


def test_incomplete_and_unjudged_bags_are_reported(bag, steps, tmp_path):
    cut_off = StepBag(with_chunks=False).write(tmp_path / 'cut_off', steps)
    (cut_off / 'metadata.yaml').unlink()
    full = StepBag(about={'outcome': 'success', 'broke_off': 'No space left on device'})
    judged = StepBag(about={'outcome': 'success'})
    bags = [cut_off, bag, full.write(tmp_path / 'a', steps), judged.write(tmp_path / 'b', steps)]
    found = reasons(bags_to_lerobot(BagOptions(tuple(bags), tmp_path / 'data')))
    assert 'no metadata.yaml' in found[0]
    assert 'it was never judged' in found[1]
    assert 'cut short: No space left on device' in found[2]
    assert found[3] == ''


def test_the_command_prints_the_result(bag, tmp_path, capsys):
    command.main([str(bag), '--out', str(tmp_path / 'data')])
    assert '2 episodes' in capsys.readouterr().out
    with pytest.raises(SystemExit, match='data'):
        command.main([str(bag), '--out', str(tmp_path / 'data')])


def test_a_rate_above_the_camera_rate_is_refused(bag, tmp_path):
    with pytest.raises(NoEpisodes, match=r'control_rate_hz is 6.*5\.0 images per second'):
        bags_to_lerobot(BagOptions((bag,), tmp_path / 'data', control_rate_hz=6))


def gripping(steps):
    """Return steps that command the gripper to close from the tenth on, but it stops at 0.25."""
    found = []
    for number, step in enumerate(steps):
        actions = np.array(step.chunk.actions)
        actions[:, 6] = 1.0 if number < 10 else 0.0
        chunk = replace(step.chunk, actions=actions)
        opening = 1.0 if number <= 10 else 0.25
        found.append(replace(step, chunk=chunk, opening=opening, instruction=FIRST))
    return found


def grippers(told, folder):
    """Return the gripper labels by step of the recording."""
    [entry] = told['episodes']
    begins = round((entry['begins_s'] - START_S) / PERIOD_S)
    labels = open_lerobot(folder).read(0).actions_TA[:, 6]
    return {begins + number: label for number, label in enumerate(labels.tolist())}


@pytest.mark.parametrize('teleoperated', [False, True])
def test_the_gripper_is_labelled_with_its_commands(steps, tmp_path, teleoperated):
    writer = StepBag(teleoperated=teleoperated)
    bag = writer.write(tmp_path / 'bag', gripping(steps))
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data', keep_idle=True))
    labels = grippers(told, tmp_path / 'data')
    assert len(labels) == len(steps) - 1
    assert {number: 1.0 if number < 10 else 0.0 for number in labels} == labels
    assert 'gripper commands' not in reasons(told)[0]
    assert 'recorded chunks' not in reasons(told)[0]


def test_without_chunks_the_gripper_is_labelled_with_its_measured_opening(steps, tmp_path):
    bag = StepBag(with_chunks=False).write(tmp_path / 'bag', gripping(steps))
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data', keep_idle=True))
    labels = grippers(told, tmp_path / 'data')
    assert [labels[number] for number in (8, 10, 20)] == pytest.approx([1.0, 0.25, 0.25])
    assert 'no gripper commands' in reasons(told)[0]


def test_a_camera_and_its_compressed_images_count_as_one(steps, tmp_path):
    bag = StepBag(with_chunks=False, compressed_too=True).write(tmp_path / 'bag', steps)
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data'))
    assert len(told['episodes']) == 2
    assert open_lerobot(tmp_path / 'data').cameras == ('observation.images.camera',)


def test_a_failed_read_of_the_servos_does_not_count_as_motion(steps, tmp_path):
    failed = replace(steps[24], q=np.full(6, -np.pi))
    bag = StepBag(with_chunks=False).write(tmp_path / 'bag', [*steps[:24], failed, *steps[25:]])
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data'))
    assert 'jump' not in reasons(told)[0]
    assert '-pi' in reasons(told)[0]


def test_invalid_options_are_refused(tmp_path):
    with pytest.raises(ValueError, match='at least one bag'):
        BagOptions((), tmp_path)
    with pytest.raises(ValueError, match='control_rate_hz is 0'):
        BagOptions((tmp_path,), tmp_path, control_rate_hz=0)


def test_a_policy_is_trained_on_what_was_recorded(bag, tmp_path, monkeypatch):
    """Run a few steps of the real training command on the converted data set."""
    bags_to_lerobot(BagOptions((bag,), tmp_path / 'data' / 'demos'))
    monkeypatch.chdir(tmp_path)
    train.main(
        [
            *('pi0_s_tiny', '--out', 'run', '--steps', '2', '--batch-size', '2'),
            *('--data.num-streams', '2', '--data.pool-episodes', '2', '--log-every-steps', '1'),
            *('--precision', 'float32', '--validation.every-steps', '0'),
            *('--optimizer.warmup-steps', '1'),
        ]
    )
    policy = Policy.load(tmp_path / 'run' / 'step-000002', device='cpu')
    assert policy.config.trained


def instructions(bag, folder):
    told = bags_to_lerobot(BagOptions((bag,), folder))
    return [entry['instruction'] for entry in told['episodes']]


def test_the_instruction_given_at_the_start_takes_precedence(steps, tmp_path):
    """Teleoperation publishes another instruction on policy/instruction."""
    about = {'instruction': 'tidy up', 'instruction_from': 'start'}
    bag = StepBag(teleoperated=True, about=about).write(tmp_path / 'bag', steps)
    assert instructions(bag, tmp_path / 'data') == ['tidy up']


def test_a_bag_without_a_recorded_task_is_reported(steps, tmp_path):
    unnamed = [replace(step, instruction='teleoperated') for step in steps]
    bag = StepBag(teleoperated=True).write(tmp_path / 'bag', unnamed)
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'data'))
    assert 'no instruction was recorded' in reasons(told)[0]
    told = bags_to_lerobot(BagOptions((bag,), tmp_path / 'named', instruction='tidy up'))
    assert 'no instruction was recorded' not in reasons(told)[0]


def test_an_instruction_that_was_not_published_is_read_from_the_bag(steps, tmp_path):
    about = {'instruction': 'tidy up'}
    bag = StepBag(about=about).write(tmp_path / 'bag', steps)
    assert instructions(bag, tmp_path / 'data') == ['tidy up']
    silent = StepBag(about=about, with_instruction=False).write(tmp_path / 'silent', steps)
    assert instructions(silent, tmp_path / 'other') == ['tidy up']


def test_a_published_instruction_may_change_within_a_bag(steps, tmp_path):
    about = {'instruction': SECOND, 'instruction_from': 'policy/instruction'}
    bag = StepBag(about=about).write(tmp_path / 'bag', steps)
    assert instructions(bag, tmp_path / 'data') == [FIRST, SECOND]


def test_a_failure_is_skipped_unless_requested(bag, steps, tmp_path):
    about = {'instruction': 'tidy up', 'outcome': 'failure'}
    failed = StepBag(about=about).write(tmp_path / 'failed', steps)
    for path in (failed, next(failed.glob('*.mcap'))):
        with pytest.raises(NoEpisodes, match='judged a failure'):
            bags_to_lerobot(BagOptions((path,), tmp_path / 'data'))
    told = bags_to_lerobot(BagOptions((bag, failed), tmp_path / 'data'))
    assert [entry['episodes'] > 0 for entry in told['bags']] == [True, False]
    told = bags_to_lerobot(BagOptions((failed,), tmp_path / 'all', failures=True))
    assert told['episodes']


def test_a_killed_conversion_resumes_with_the_same_result(bag, steps, tmp_path, monkeypatch):
    other = StepBag(with_chunks=False).write(tmp_path / 'other', steps[:18])
    whole = bags_to_lerobot(BagOptions((bag, other), tmp_path / 'whole'))
    options = BagOptions((bag, other), tmp_path / 'data')
    converted = []

    def killed_at_the_second(part):
        if part.number == 1:
            raise KeyboardInterrupt
        converted.append(part.number)
        make_bag_part(part)

    with monkeypatch.context() as patched:
        patched.setattr(command, 'make_bag_part', killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            bags_to_lerobot(options)
    assert not options.out.exists()
    assert bags_to_lerobot(options) == whole
    assert converted == [0]
    assert not options.parts_folder.exists()
    first, again = (open_lerobot(tmp_path / name) for name in ('whole', 'data'))
    for number in range(len(first.lengths_E)):
        np.testing.assert_array_equal(first.actions(number), again.actions(number))


def test_a_conversion_with_other_settings_is_not_resumed(bag, tmp_path, monkeypatch):
    options = BagOptions((bag,), tmp_path / 'data')
    with monkeypatch.context() as patched:
        patched.setattr(command, 'make_bag_part', lambda part: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bags_to_lerobot(options)
    with pytest.raises(SettingsMismatch, match='keep_idle False, now True'):
        bags_to_lerobot(replace(options, keep_idle=True))


@pytest.mark.slow
def test_two_processes_write_the_same_as_one(bag, steps, tmp_path):
    other = StepBag(with_chunks=False).write(tmp_path / 'other', steps[:18])
    command.main([str(bag), str(other), '--out', str(tmp_path / 'data')])
    kept = json.loads((tmp_path / 'data' / SOURCES_FILE).read_text())
    assert kept == bags_to_lerobot(BagOptions((bag, other), tmp_path / 'one'))
