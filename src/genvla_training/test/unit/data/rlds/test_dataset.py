# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading RLDS folders."""

from __future__ import annotations

from dataclasses import replace
import logging
import pickle

import numpy as np
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.rlds import TRANSFORMS, open_rlds


def test_an_episode_contains_the_steps_that_the_transform_keeps(rlds_bridge):
    episode = open_rlds(rlds_bridge).read(1)
    assert episode.instruction == 'open the drawer'
    # States are 0, 2, 8, 18, 32, 50: the first and the last step are left out.
    assert episode.actions_TA[:, 0].tolist() == [6, 10, 14, 18]
    assert episode.actions_TA[:, 6].tolist() == [1, 1, 1, 1]
    assert episode.actions_TA.dtype == np.float64
    assert len(episode.frames) == 4


def test_episodes_are_numbered_across_shards(rlds_bridge):
    dataset = open_rlds(rlds_bridge)
    assert dataset.lengths_E.tolist() == [4, 4, 4]
    assert [dataset.read(index).actions_TA[0, 0] for index in (2, 0, 1)] == [9, 3, 6]
    assert [dataset.actions(index)[0, 0] for index in (2, 0, 1)] == [9, 3, 6]


def test_an_instruction_is_read_without_its_episode(rlds_bridge):
    dataset = open_rlds(rlds_bridge)
    assert dataset.instruction(1) == dataset.read(1).instruction == 'open the drawer'


def test_a_renamed_folder_gives_the_new_name(rlds_bridge):
    dataset = open_rlds(rlds_bridge.parent)
    assert dataset.name == 'bridge_orig'
    assert dataset.control_rate_hz == 5.0


def test_a_data_set_may_have_another_name_than_its_transform(tmp_path, rlds_write, rlds_episode):
    folder = rlds_write(tmp_path / 'kitchen', [[rlds_episode()]], name='kitchen')
    dataset = open_rlds(folder, name='our_kitchen', transform='bridge_orig')
    assert (dataset.name, dataset.control_rate_hz) == ('our_kitchen', 5.0)
    assert open_rlds(folder, transform='bridge_orig').name == 'kitchen'


def test_a_folder_with_another_name_is_identified_by_its_info(tmp_path, rlds_write, rlds_episode):
    folder = rlds_write(tmp_path / 'data', [[rlds_episode()]])
    assert open_rlds(folder).name == 'bridge_dataset'


def test_a_transform_can_be_added_for_another_arm(tmp_path, monkeypatch, rlds_write, rlds_episode):
    transform = replace(
        TRANSFORMS['bridge_orig'],
        control_rate_hz=10.0,
        cameras=('steps/observation/image_0', 'steps/observation/image_1'),
        numbers=('steps/action',),
        make_actions=lambda numbers: numbers['steps/action'],
        drop_first=0,
        drop_last=0,
    )
    monkeypatch.setitem(TRANSFORMS, 'our_arm', transform)
    folder = rlds_write(tmp_path, [[rlds_episode()]], name='our_arm')
    episode = open_rlds(folder).read(0)
    assert episode.actions_TA[5, 0] == 5
    assert [image[0, 0, 1] for image in episode.frames[5]] == [50, 200]


def test_a_data_set_and_its_frames_can_be_pickled(rlds_bridge):
    dataset = pickle.loads(pickle.dumps(open_rlds(rlds_bridge)))
    episode = pickle.loads(pickle.dumps(dataset.read(2)))
    assert episode.frames[0][0][0, 0, 1] == 12


def test_actions_need_no_pictures_and_no_checksum(rlds_bridge, rlds_shard, rlds_episode):
    dataset = open_rlds(rlds_bridge)
    path = rlds_shard(rlds_bridge, 1, 2)
    data = path.read_bytes()
    picture = rlds_episode(2)['steps/observation/image_0'][1]
    path.write_bytes(data.replace(picture, bytes(len(picture))))
    assert dataset.actions(0)[0, 0] == 3
    assert dataset.actions(2)[0, 0] == 9
    with pytest.raises(BadData, match=r'00001-of-00002, episode 0: the checksum .* record'):
        dataset.read(2)


def test_droid_is_read_in_its_own_layout(tmp_path, rlds_droid, droid_episode):
    folder = rlds_droid(tmp_path / 'droid' / '1.0.1', droid_episode(), droid_episode(1, b''))
    dataset = open_rlds(folder)
    assert (dataset.name, dataset.control_rate_hz) == ('droid', 15.0)
    # Most of DROID's failures have no instruction.
    assert dataset.lengths_E.tolist() == [6]
    episode = dataset.read(0)
    assert episode.instruction == 'put the marker in the mug'
    np.testing.assert_allclose(episode.actions_TA[:, 6], [1, 0.8, 0.6, 0.4, 0.2, 0], atol=1e-6)
    assert [frame[0][0, 0, 1] for frame in episode.frames] == [0, 9, 18, 27, 36, 45]


def test_states_belong_to_the_kept_steps(rlds_bridge):
    dataset = open_rlds(rlds_bridge, with_states=True)
    states_TS = dataset.read(1).states_TS
    assert states_TS.shape == (4, 7)
    assert states_TS[:, 0].tolist() == [2, 8, 18, 32]
    np.testing.assert_array_equal(dataset.states(1), states_TS)
    assert open_rlds(rlds_bridge).read(1).states_TS is None


def test_droid_has_the_pose_and_the_gripper_as_its_state(tmp_path, rlds_droid, droid_episode):
    folder = rlds_droid(tmp_path / 'droid', droid_episode())
    states_TS = open_rlds(folder, with_states=True).read(0).states_TS
    assert states_TS.shape == (6, 7)
    np.testing.assert_allclose(states_TS[:, 6], [0, 0.2, 0.4, 0.6, 0.8, 1], atol=1e-6)


def test_a_transform_without_states_is_refused_by_name(rlds_bridge, monkeypatch):
    without = replace(TRANSFORMS['bridge_orig'], states=())
    monkeypatch.setitem(TRANSFORMS, 'bridge_orig', without)
    with pytest.raises(BadData, match="transform 'bridge_orig' has no `states`"):
        open_rlds(rlds_bridge, with_states=True)


def test_unlabelled_episodes_of_bridge_are_skipped(tmp_path, caplog, rlds_write, rlds_episode):
    episodes = [rlds_episode(0, b' '), rlds_episode(1)]
    with caplog.at_level(logging.WARNING):
        dataset = open_rlds(rlds_write(tmp_path, [episodes]))
    assert dataset.actions(0)[0, 0] == 6
    assert len(dataset.lengths_E) == 1
    assert '1 of 2 episodes skipped: 1 without an instruction' in caplog.text


def test_episodes_of_two_steps_are_skipped(tmp_path, rlds_write, rlds_episode):
    short = {key: values[:2] for key, values in rlds_episode().items()}
    assert open_rlds(rlds_write(tmp_path, [[short, rlds_episode()]])).lengths_E.tolist() == [4]


def test_a_transform_that_returns_a_wrong_number_of_steps_is_refused(
    tmp_path, monkeypatch, rlds_write, rlds_episode
):
    transform = replace(TRANSFORMS['bridge_orig'], drop_last=2)
    monkeypatch.setitem(TRANSFORMS, 'bridge_dataset', transform)
    dataset = open_rlds(rlds_write(tmp_path, [[rlds_episode()]]))
    with pytest.raises(BadData, match=r'returned shape \(4, 7\) .*expected \(3, 7\)'):
        dataset.actions(0)


def test_a_data_set_without_a_transform_is_refused_with_the_available_ones(rlds_bridge):
    with pytest.raises(BadData, match=r"no transform for RLDS data set 'kuka'.*bridge_orig"):
        open_rlds(rlds_bridge, transform='kuka')


def test_bridges_camera_is_wider_than_its_squashed_images(rlds_bridge):
    assert open_rlds(rlds_bridge).aspect_ratio == 640 / 480


@pytest.mark.parametrize(
    ('shape', 'ratio'), [((256, 320, 3), 1.25), ((-1, -1, 3), 0.0), ((), 0.0)]
)
def test_the_aspect_ratio_of_other_data_sets_is_that_of_their_images(rlds_bridge, shape, ratio):
    dataset = open_rlds(rlds_bridge)
    transform = replace(dataset.transform, aspect_ratio=0.0)
    shapes = {**dataset.shapes, transform.cameras[0]: shape}
    assert replace(dataset, transform=transform, shapes=shapes).aspect_ratio == ratio
