# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes and images that are invalid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.rlds import TRANSFORMS, open_rlds


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        (
            'steps/observation/image_0',
            [b'picture'] * 5,
            'image_0 has 5 steps, but there are 6 instructions',
        ),
        (
            'steps/action',
            np.zeros((5, 7), np.float32),
            'steps/action has 5 steps, but there are 6 instructions',
        ),
        (
            'steps/action',
            np.zeros(41, np.float32),
            r'41 numbers, which is no multiple of the step shape \(7,\)',
        ),
        ('steps/action', np.full((6, 7), np.nan, np.float32), 'steps/action of step 0 is .nan'),
        ('steps/action', [b'x'] * 6, 'steps/action holds byte strings'),
        (
            'steps/observation/image_0',
            np.zeros(6, np.float32),
            'holds float32 numbers, expected bytes',
        ),
        ('steps/action', None, r"episode 0 lacks the features \['steps/action'\]"),
    ],
)
def test_a_damaged_episode_is_named_with_the_reason(
    tmp_path, rlds_write, rlds_episode, key, value, message
):
    episode = rlds_episode() | {key: value}
    if value is None:
        del episode[key]
    dataset = open_rlds(rlds_write(tmp_path, [[episode]]))
    with pytest.raises(BadData, match=message) as error:
        dataset.read(0)
    assert '00000-of-00001, episode 0' in str(error.value)


def test_a_blank_instruction_is_refused_unless_the_transform_allows_it(
    tmp_path, monkeypatch, rlds_write, rlds_episode
):
    monkeypatch.setitem(
        TRANSFORMS,
        'bridge_dataset',
        replace(TRANSFORMS['bridge_orig'], leave_out_unlabelled=False),
    )
    dataset = open_rlds(rlds_write(tmp_path, [[rlds_episode(0, b'  ')]]))
    with pytest.raises(BadData, match='episode 0: the instruction is blank'):
        dataset.read(0)


def test_an_image_that_cannot_be_decoded_is_named_with_its_step(
    tmp_path, rlds_write, rlds_episode
):
    pictures = [*rlds_episode()['steps/observation/image_0'][:3], *[b'no picture'] * 3]
    episode = rlds_episode() | {'steps/observation/image_0': pictures}
    frames = open_rlds(rlds_write(tmp_path, [[episode]])).read(0).frames
    assert frames[1][0].shape == (48, 64, 3)
    with pytest.raises(BadData, match='episode 0, step 3: 10 bytes'):
        frames[2]


def test_frames_are_rgb_images_of_the_kept_steps(rlds_bridge):
    frames = open_rlds(rlds_bridge).read(1).frames
    (image,) = frames[0]
    assert image.shape == (48, 64, 3)
    assert image[0, 0].tolist() == [255, 11, 11]
    assert frames[-1][0][0, 0].tolist() == [255, 41, 41]
    assert [frame[0][0, 0, 1] for frame in frames[1:3]] == [21, 31]


def test_frames_are_resized_when_a_size_is_given(rlds_bridge):
    assert open_rlds(rlds_bridge, image_size=32).read(0).frames[0][0].shape == (32, 32, 3)
