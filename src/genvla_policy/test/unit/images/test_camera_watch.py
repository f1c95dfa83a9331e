# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A camera that was moved is noticed, an arm that moves before it is not."""

import cv2
import numpy as np
import pytest

from genvla_policy.images.camera_watch import CameraWatch, read_reference

SCENE = cv2.GaussianBlur(
    np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype(np.uint8), (0, 0), 3
)


def with_an_arm(column):
    picture = SCENE.copy()
    cv2.rectangle(picture, (column, 0), (column + 60, 160), (30, 30, 30), -1)
    return picture


def looked(watch, pictures):
    for number, picture in enumerate(pictures):
        watch.look(picture, 2.5 * number)
    return watch.notice


def test_an_arm_in_the_picture_is_no_other_camera():
    watch = CameraWatch(with_an_arm(40))
    assert looked(watch, [with_an_arm(column) for column in (40, 100, 160, 220, 250)]) == ''


@pytest.mark.parametrize('shift', [12, -40])
def test_a_camera_that_was_turned_is_noticed_and_one_that_was_turned_back_too(shift):
    watch = CameraWatch(SCENE)
    turned = [np.roll(SCENE, shift, axis=1)] * 3
    assert looked(watch, turned[:2]) == ''
    assert 'turn the camera back' in looked(watch, [*turned, turned[0]])
    watch.look(SCENE, 100.0)
    assert watch.notice == ''


def test_a_hand_before_the_camera_for_a_moment_is_nothing():
    dark = np.zeros_like(SCENE)
    assert looked(CameraWatch(SCENE), [SCENE, dark, dark, SCENE, dark, dark]) == ''
    assert 'something else' in looked(CameraWatch(SCENE), [dark] * 3)


def test_it_looks_every_two_seconds_alone():
    watch = CameraWatch(SCENE)
    for number in range(30):
        watch.look(np.roll(SCENE, 40, axis=1), 0.1 * number)
    assert watch.notice == ''


def test_pictures_of_another_size_and_files_that_are_none_are_refused(tmp_path):
    watch = CameraWatch(SCENE)
    assert 'set image_width' in looked(watch, [SCENE[:120]] * 3)
    (tmp_path / 'reference.png').write_bytes(b'no picture')
    with pytest.raises(ValueError, match='is no picture that can be read'):
        read_reference(tmp_path / 'reference.png')
