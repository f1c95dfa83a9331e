# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Memory of a pool of demonstrations: only encoded images, within its limit."""

import cv2
import numpy as np
import pytest

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.images.resize import resize_image
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.data.encoded_frames import EncodedFrames
from genvla_training.data.lerobot import open_lerobot
from genvla_training.data.mixture import MixtureStream, Part, StreamOptions
from genvla_training.data.rlds import open_rlds
from genvla_training.data.robot_samples import RobotSamples

POOL = 4


@pytest.fixture(scope='module', params=['lerobot', 'rlds'])
def dataset(request, tmp_path_factory, lerobot_write, lerobot_episodes, rlds_write, rlds_episode):
    """Sixteen episodes."""
    folder = tmp_path_factory.mktemp('pool') / 'episodes'
    if request.param == 'lerobot':
        return open_lerobot(lerobot_write(folder, lerobot_episodes * 4), image_size=128)
    episodes = [rlds_episode(number) for number in range(16)]
    return open_rlds(rlds_write(folder, [episodes], name='bridge_orig'), image_size=128)


def test_a_pool_holds_encoded_images_of_a_limited_number_of_episodes(dataset):
    source = RobotSamples(
        dataset,
        np.arange(16),
        config=system_config('pi0_plus', 'tiny'),
        tokenizer=build_tiny_tokenizer(),
        normalizer=ActionNormalizer(np.zeros(7), np.ones(7), np.ones(7, bool)),
    )
    stream = MixtureStream([Part([source], [1.0], 2, POOL)], 0, StreamOptions(num_streams=1))
    [(_, _, [reader])] = stream._parts
    largest = max(dataset.read(index).frames.num_bytes for index in range(16))
    held = []
    for _ in range(60):
        next(stream)
        frames = [episode.frames for episode in reader._items.values()]
        assert all(type(each) is EncodedFrames for each in frames)
        held.append(sum(each.num_bytes for each in frames))
    assert 0 < max(held) <= POOL * largest
    # 12 steps of a decoded picture would be 590 kB.
    assert largest < 12 * 128 * 128 * 3 / 5


def test_a_slice_is_still_encoded(lerobot_v3):
    frames = open_lerobot(lerobot_v3).read(2).frames
    assert type(frames[3:5]) is EncodedFrames
    np.testing.assert_array_equal(frames[3:5][1][0], frames[4][0])


def test_images_are_resized_with_the_chosen_filter():
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    encoded = cv2.imencode('.png', picture[..., ::-1])[1].tobytes()
    frames = EncodedFrames([(encoded,)], range(1), 32, 'lanczos', 'here')
    assert np.array_equal(frames[0][0], resize_image(picture, 32, 'lanczos'))
