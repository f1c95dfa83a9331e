# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import pickle
import shutil
import weakref

import av
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot import open_lerobot
from genvla_training.data.lerobot.layout import FileSizes

FRONT = 'observation.images.front'
WRIST = 'observation.images.wrist'


def double_the_action(actions_TA, states_TS):
    return actions_TA * 2


def state_before_gripper(actions_TA, states_TS):
    return np.concatenate([states_TS, states_TS, actions_TA[:, 6:]], axis=1)


@pytest.fixture(scope='module')
def many_files(tmp_path_factory, lerobot_write, lerobot_episodes):
    sizes = FileSizes(data_mb=0.0001, video_mb=0.0001)
    return lerobot_write(tmp_path_factory.mktemp('many') / 'many', lerobot_episodes, sizes=sizes)


@pytest.fixture
def copy(tmp_path, lerobot_v3):
    return shutil.copytree(lerobot_v3, tmp_path / 'copy')


def blue(episode):
    """Return the blue value of each front image, which encodes episode and step (see conftest)."""
    return [float(frame[0][:, :, 2].mean()) for frame in episode.frames]


@settings(max_examples=10)
@given(order=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_any_order_of_reading_gives_the_same_episodes(many_files, lerobot_episodes, order):
    dataset = open_lerobot(many_files)
    for index in order:
        written = lerobot_episodes[index]
        episode = dataset.read(index)
        np.testing.assert_array_equal(episode.actions_TA, written['actions_TA'].astype(np.float32))
        expected = [frame[0][0, 0, 2] for frame in written['frames']]
        np.testing.assert_allclose(blue(episode), expected, atol=4)


def test_the_first_camera_by_name_is_the_default(lerobot_v3):
    frames = open_lerobot(lerobot_v3).read(0).frames
    assert [picture.shape for picture in frames[0]] == [(64, 96, 3)]


@pytest.mark.parametrize('entry', ['is_depth_map', 'video.is_depth_map'])
def test_depth_cameras_are_excluded(copy, entry):
    path = copy / 'meta/info.json'
    info = json.loads(path.read_text())
    info['features'][FRONT]['info'][entry] = True
    path.write_text(json.dumps(info))
    assert open_lerobot(copy).read(0).frames[0][0].shape == (48, 48, 3)


def test_images_are_in_the_order_of_the_chosen_cameras(lerobot_v3):
    frames = open_lerobot(lerobot_v3, cameras=[WRIST, FRONT]).read(0).frames
    assert [picture.shape for picture in frames[0]] == [(48, 48, 3), (64, 96, 3)]


def test_pictures_are_resized_to_squares_of_uint8(lerobot_v3):
    picture = open_lerobot(lerobot_v3, image_size=32).read(2).frames[0][0]
    assert (picture.shape, picture.dtype) == ((32, 32, 3), np.uint8)


def test_the_name_is_that_of_the_folder_unless_given(lerobot_v3):
    assert open_lerobot(lerobot_v3).name == 'carrots'
    assert open_lerobot(lerobot_v3, name='bridge').name == 'bridge'


def test_a_pickled_data_set_reads_the_same(lerobot_v3):
    dataset = open_lerobot(lerobot_v3, action_transform=double_the_action)
    again = pickle.loads(pickle.dumps(dataset))
    np.testing.assert_array_equal(again.read(2).frames, dataset.read(2).frames)
    np.testing.assert_array_equal(again.actions(2), dataset.actions(2))


def test_actions_match_read_and_need_no_video(copy):
    expected = open_lerobot(copy).read(1).actions_TA
    shutil.rmtree(copy / 'videos')
    np.testing.assert_array_equal(open_lerobot(copy).actions(1), expected)


def test_states_are_read_on_request(copy, lerobot_episodes):
    dataset = open_lerobot(copy, with_states=True)
    expected = lerobot_episodes[2]['states_TS'].astype(np.float32)
    np.testing.assert_array_equal(dataset.read(2).states_TS, expected)
    np.testing.assert_array_equal(dataset.states(2), expected)
    assert open_lerobot(copy).read(2).states_TS is None
    info = json.loads((copy / 'meta/info.json').read_text())
    del info['features']['observation.state']
    (copy / 'meta/info.json').write_text(json.dumps(info))
    with pytest.raises(BadData, match=r"no feature 'observation.state'"):
        open_lerobot(copy, with_states=True)


def test_a_transform_receives_actions_and_states(lerobot_v3, lerobot_episodes):
    dataset = open_lerobot(lerobot_v3, action_transform=state_before_gripper)
    states = lerobot_episodes[0]['states_TS'].astype(np.float32)
    np.testing.assert_array_equal(dataset.actions(0)[:, 3:6], states)
    assert dataset.actions(0).dtype == np.float64


def test_a_transform_must_return_seven_numbers(lerobot_v3):
    dataset = open_lerobot(lerobot_v3, action_transform=lambda actions, states: actions[:, :6])
    with pytest.raises(BadData, match=r'episode 0: actions have shape \(7, 6\)'):
        dataset.actions(0)


def test_actions_of_another_robot_are_refused_with_their_names(copy):
    path = copy / 'meta/info.json'
    info = json.loads(path.read_text())
    info['features']['action'] |= {'shape': [2], 'names': ['left_wheel', 'right_wheel']}
    path.write_text(json.dumps(info))
    with pytest.raises(BadData, match=r"\[2\].*'left_wheel', 'right_wheel'.*action_transform"):
        open_lerobot(copy)


@pytest.mark.parametrize(
    'names',
    [
        ['waist', 'shoulder', 'elbow', 'forearm_roll', 'wrist_angle', 'wrist_rotate', 'gripper'],
        {'motors': [f'joint_{number}' for number in range(7)]},
        [[f'Shoulder{number}' for number in range(7)]],
    ],
)
def test_seven_joint_positions_are_not_accepted_as_actions(copy, names):
    path = copy / 'meta/info.json'
    info = json.loads(path.read_text())
    info['features']['action'] |= {'names': names}
    path.write_text(json.dumps(info))
    with pytest.raises(BadData, match=r'are joint positions; expected \[7\]: dx dy dz'):
        open_lerobot(copy)
    assert len(open_lerobot(copy, action_transform=double_the_action).lengths_E) == 4


def test_a_data_set_does_not_keep_episodes_in_memory(lerobot_v3):
    dataset = open_lerobot(lerobot_v3)
    episode = dataset.read(0)
    kept = [weakref.ref(episode.frames[0][0]), weakref.ref(episode.actions_TA)]
    del episode
    dataset.read(1)
    assert [reference() for reference in kept] == [None, None]


@pytest.mark.parametrize('codec', ['libx264', 'libsvtav1'])
@pytest.mark.parametrize('key_frame_every', ['7', '250'])
def test_videos_of_other_encoders_give_the_same_pictures(copy, codec, key_frame_every):
    path = copy / f'videos/{FRONT}/chunk-000/file-000.mp4'
    expected = [blue(open_lerobot(copy).read(index)) for index in range(4)]
    encode_again(path, codec, {'crf': '20', 'g': key_frame_every})
    for index in (3, 1, 0, 2):
        found = blue(open_lerobot(copy).read(index))
        np.testing.assert_allclose(found, expected[index], atol=4)


def encode_again(path, codec, options):
    """Encode a video like other encoders, with frames that depend on later ones."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)]
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=5, options=options)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], 'yuv420p'
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format='rgb24')))
        container.mux(stream.encode(None))


def test_the_aspect_ratio_is_that_of_the_chosen_cameras(lerobot_v3):
    assert open_lerobot(lerobot_v3).aspect_ratio == 1.5
    assert open_lerobot(lerobot_v3, cameras=[WRIST]).aspect_ratio == 1.0
    assert open_lerobot(lerobot_v3, cameras=[FRONT, WRIST]).aspect_ratio == 0.0


def test_an_image_may_have_its_channels_first_and_no_names(copy):
    path = copy / 'meta/info.json'
    info = json.loads(path.read_text())
    info['features'][FRONT] |= {'shape': [3, 64, 96], 'names': None}
    path.write_text(json.dumps(info))
    assert open_lerobot(copy).aspect_ratio == 1.5
