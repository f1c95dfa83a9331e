# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Replay of recorded bags to a checkpoint."""

from __future__ import annotations

from dataclasses import replace
import json
import sys

import numpy as np
from pyarrow import parquet
import pytest
from rosbags.highlevel import AnyReader

from genvla_bags.asking import Frames, Moment
from genvla_bags.bag_messages import BagError
from genvla_bags.camera_view import CameraView
from genvla_bags.step_bag import PERIOD_S, StepBag
from genvla_eval.replay.answers import ask
from genvla_eval.replay.command import ReplayOptions, main, replay
from genvla_eval.replay.rerun_recording import RerunMissing
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.checkpoint.folder import checkpoint_sha256
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_viperx.arm.kinematics import forward


def replayed(tmp_path, steps, writer=None, **options):
    """Replay one bag and return the summary."""
    bag = (writer or StepBag()).write(tmp_path / 'bag', steps)
    return replay(ReplayOptions(bags=(bag,), out=tmp_path / 'out', **options))


def shifted(steps, dx_m):
    """Return steps whose recorded actions differ in x."""
    shift = dx_m * np.eye(7)[0]
    return [
        replace(step, chunk=replace(step.chunk, actions=step.chunk.actions + shift))
        for step in steps
    ]


def result(summary):
    """Return the results of the only checkpoint."""
    [found] = summary['results'].values()
    return found


def test_the_recorded_checkpoint_generates_the_same_text_without_error(tmp_path, steps):
    found = result(replayed(tmp_path, steps))
    assert found['answers'] == len(steps)
    assert found['text']['same_text_as_recorded'] == 1.0
    assert found['errors']['by_step'][0]['translation_mm'] == 0.0
    assert found['image']['with_another_image_mm'] > found['image']['translation_mm'] == 0.0
    assert found['errors']['stuck_share'] in (0.0, None)
    assert all(each['mae'] == 0.0 for each in found['errors']['by_dimension'].values())


def test_a_shift_of_a_centimetre_is_reported_as_a_centimetre(tmp_path, steps):
    errors = result(replayed(tmp_path, shifted(steps, 0.01)))['errors']
    assert errors['by_step'][0]['translation_mm'] == pytest.approx(10.0, abs=1e-6)
    assert errors['by_dimension']['dx']['bias'] == pytest.approx(-10.0, abs=1e-6)
    assert errors['by_dimension']['dy']['mae'] == pytest.approx(0.0, abs=1e-6)


def test_without_chunks_the_reference_is_the_measured_motion(tmp_path, steps):
    summary = replayed(tmp_path, steps, StepBag(with_chunks=False))
    found = result(summary)
    assert 'measured poses' in summary['bags'][0]['described']
    # The last picture has nothing after it.
    assert found['errors']['compared'] == found['answers'] - 1
    rows = parquet.read_table(tmp_path / 'out' / 'answers.parquet').to_pylist()
    moved = forward(steps[1].q)[:3, 3] - forward(steps[0].q)[:3, 3]
    np.testing.assert_allclose(rows[0]['reference'][:3], moved, atol=1e-6)
    assert rows[0]['reference'][6] == pytest.approx(np.clip(steps[1].opening, 0, 1), abs=1e-6)


def test_single_commands_are_a_reference(tmp_path, steps):
    summary = replayed(tmp_path, steps, StepBag(with_chunks=False, with_deltas=True))
    assert 'recorded commands' in summary['bags'][0]['described']
    assert summary['bags'][0]['topics']['deltas'] == '/teleop/delta'
    found = result(summary)
    assert found['errors']['compared'] == len(steps)
    assert found['errors']['by_step'][0]['translation_mm'] == pytest.approx(0.0, abs=1e-6)


def test_another_instruction_changes_the_answers(tmp_path, steps):
    summary = replayed(tmp_path, steps, instruction='pick up the knife')
    rows = parquet.read_table(tmp_path / 'out' / 'answers.parquet').to_pylist()
    assert {row['instruction'] for row in rows} == {'pick up the knife'}
    assert result(summary)['text']['same_text_as_recorded'] < 1.0


def test_two_replays_differ_only_in_their_times(tmp_path, steps):
    """The confidence differs by rounding, because the machine's speed decides the passes."""
    bag = StepBag().write(tmp_path / 'bag', shifted(steps, 0.003))
    tables = []
    for name in ('one', 'two'):
        replay(ReplayOptions(bags=(bag,), out=tmp_path / name))
        rows = parquet.read_table(tmp_path / name / 'answers.parquet').to_pylist()
        tables.append([{**row, 'inference_s': 0.0, 'first_action_s': 0.0} for row in rows])
    sure = [[row.pop('confidence') for row in rows] for rows in tables]
    assert tables[0] == tables[1]
    np.testing.assert_allclose(sure[0], sure[1], atol=1e-5)


def test_two_checkpoints_are_compared_moment_by_moment(tmp_path, steps):
    write_tiny_checkpoint(tmp_path / 'random', tiny_config(), seed=0)
    summary = replayed(tmp_path, steps, checkpoint=(SHIPPED_CHECKPOINT, tmp_path / 'random'))
    assert len(summary['results']) == 2
    error = summary['comparison']['differences']['translation_error_mm']
    # The shipped one has no error here: the random one is worse. Twelve moments are too few to
    # say how surely so.
    assert error['mean'] > 1.0
    assert error['low'] is None
    rows = parquet.read_table(tmp_path / 'out' / 'answers.parquet').to_pylist()
    assert len(rows) == 2 * len(steps)


def test_the_summary_names_its_sources(tmp_path, steps):
    summary = replayed(tmp_path, steps)
    written = json.loads((tmp_path / 'out' / 'summary.json').read_text())
    assert written == summary
    [checkpoint] = summary['checkpoints'].values()
    assert checkpoint['sha256'] == checkpoint_sha256(SHIPPED_CHECKPOINT)
    assert len(summary['bags'][0]['sha256']) == 64
    assert {'python', 'torch', 'rosbags'} <= set(summary['versions'])
    assert 'genvla eval replay' in summary['command']


def test_the_predictions_are_written_as_a_bag(tmp_path, steps):
    replayed(tmp_path, steps)
    with AnyReader([tmp_path / 'out' / 'predictions']) as reader:
        counts = {topic: info.msgcount for topic, info in reader.topics.items()}
        assert counts['/replay/text'] == len(steps)
        paths = [c for c in reader.connections if c.topic == '/replay/predicted/path']
        _, _time_ns, data = next(reader.messages(connections=paths))
        path = reader.deserialize(data, paths[0].msgtype)
    start = forward(steps[0].q)[:3, 3]
    ends = [[p.pose.position.x, p.pose.position.y, p.pose.position.z] for p in path.poses]
    np.testing.assert_allclose(ends[0], start, atol=1e-6)
    np.testing.assert_allclose(ends[1], start + steps[0].chunk.actions[0, :3], atol=1e-6)


def test_the_page_is_self_contained(tmp_path, steps):
    height, width = steps[0].image.shape[:2]
    camera = TABLE_CAMERA.resized(width, height)
    mount = np.linalg.inv(camera.base_T_optical)
    view = CameraView(camera.intrinsics, mount, width, height)
    replayed(tmp_path, shifted(steps, 0.02), StepBag(camera=view))
    page = (tmp_path / 'out' / 'report.html').read_text()
    assert 'http' not in page
    assert page.count('data:image/png') >= 4
    assert page.count('data:image/jpeg') == len(steps)  # all are among the worst twelve
    assert 'no camera_info' not in page


def test_a_rerun_recording_is_written_if_rerun_is_installed(tmp_path, steps):
    pytest.importorskip('rerun', reason='rerun-sdk is optional')
    replayed(tmp_path, steps, rerun=True)
    assert (tmp_path / 'out' / 'replay.rrd').read_bytes()[:4] in (b'RRF2', b'RRIO')
    assert not list(tmp_path.glob('.out*'))


def test_without_rerun_a_rerun_recording_is_refused_and_nothing_is_written(
    tmp_path, steps, monkeypatch
):
    monkeypatch.setitem(sys.modules, 'rerun', None)
    with pytest.raises(RerunMissing, match='pip install rerun-sdk'):
        replayed(tmp_path, steps, rerun=True)
    assert not (tmp_path / 'out').exists()


def test_several_bags_give_one_evaluation(tmp_path, steps):
    bags = tuple(StepBag().write(tmp_path / name, steps) for name in ('a', 'b'))
    summary = replay(ReplayOptions(bags=bags, out=tmp_path / 'out'))
    assert result(summary)['answers'] == 2 * len(steps)
    assert [bag['name'].split('/')[-1] for bag in summary['bags']] == ['a', 'b']


class Striding:
    """Answers with a step of the given length [m]."""

    can_commit = False

    def __init__(self, dx_m):
        self._action = np.array([[dx_m, 0, 0, 0, 0, 0, 1.0]])

    def infer(self, observation, *, committed=None, watch=None):
        return ActionChunk(
            self._action, PERIOD_S, '', np.empty(0), 0.01, 'x', observation.instruction, 0.0
        )

    def score(self, observation, actions):
        return None


@pytest.mark.parametrize(('dx_m', 'changed'), [(0.01, False), (0.3, True)])
def test_the_bridge_would_change_a_step_that_is_too_long(steps, dx_m, changed):
    nothing = np.full((1, 7), np.nan)
    moment = Moment(0.0, (steps[0].image,), 'pick it up', '', nothing, steps[0].q)
    row = ask(Striding(dx_m), 'bag', moment)
    assert row.changed_H.tolist() == [changed]
    assert bool(row.rules) == changed


def test_a_policy_that_continued_committed_actions_continues_them_again(tmp_path, steps):
    folder = tmp_path / 'begun'
    write_tiny_checkpoint(folder, tiny_config(horizon=4, begun_share=0.5), seed=0)
    policy, answered, committed = Policy.load(folder), [], None
    for step in steps:
        observation = Observation((step.image,), step.instruction, 0.0)
        chunk = policy.infer(observation, committed=committed)
        answered.append(replace(step, chunk=chunk))
        committed = chunk.actions[1:3]
    found = result(replayed(tmp_path, answered, checkpoint=(folder,)))
    assert found['text']['same_text_as_recorded'] == 1.0
    by_step = found['errors']['by_step']
    assert [step['translation_mm'] for step in by_step] == [0.0] * 4
    # The given actions are not the policy's: two of four in every answer but the first.
    assert found['errors']['compared'] == 4 + 2 * (len(steps) - 1)


def test_a_long_flow_chunk_is_compared_only_with_recorded_steps(tmp_path, steps):
    write_tiny_checkpoint(tmp_path / 'flow', tiny_config('pi0_c', horizon=4), seed=0)
    found = result(replayed(tmp_path, steps, checkpoint=(tmp_path / 'flow',)))
    assert found['text'] is None
    # What was recorded has one step.
    known = [step['translation_mm'] is not None for step in found['errors']['by_step']]
    assert known == [True, False, False, False]
    assert found['safety']['judged_steps'] == 4 * len(steps)


def test_one_image_per_control_period_is_replayed(tmp_path, steps):
    found = result(replayed(tmp_path, steps, frames=Frames.RATE))
    assert abs(found['answers'] * PERIOD_S - len(steps) * PERIOD_S) <= 2 * PERIOD_S


def test_an_existing_folder_is_not_overwritten(tmp_path, steps):
    (tmp_path / 'out').mkdir()
    with pytest.raises(FileExistsError, match='choose another'):
        replayed(tmp_path, steps)


def test_the_command_prints_a_line_and_lists_what_was_skipped(tmp_path, steps, capsys):
    bag = StepBag().write(tmp_path / 'bag', steps)
    main([str(bag), '--out', str(tmp_path / 'out')])
    captured = capsys.readouterr()
    line = json.loads(captured.out)
    assert line['same_text_as_recorded'] == 1.0
    assert 'camera_info' in captured.err
    assert 'report.html' in captured.err


def test_a_folder_that_is_not_a_bag_ends_with_a_one_line_message(tmp_path):
    (tmp_path / 'bag').mkdir()
    with pytest.raises(SystemExit, match='cannot be read as a rosbag2'):
        main([str(tmp_path / 'bag'), '--out', str(tmp_path / 'out')])
    assert not (tmp_path / 'out').exists()


def test_a_missing_bag_is_named(tmp_path):
    with pytest.raises(BagError, match='does not exist'):
        replay(ReplayOptions(bags=(tmp_path / 'bag',), out=tmp_path / 'out'))
