# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A moved camera is reported; an arm that moves in the image is not."""

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


def test_an_arm_in_the_image_is_not_reported():
    watch = CameraWatch(with_an_arm(40))
    assert looked(watch, [with_an_arm(column) for column in (40, 100, 160, 220, 250)]) == ''


@pytest.mark.parametrize('shift', [12, -40])
def test_a_turned_camera_is_reported_until_it_is_turned_back(shift):
    watch = CameraWatch(SCENE)
    turned = [np.roll(SCENE, shift, axis=1)] * 3
    assert looked(watch, turned[:2]) == ''
    assert 'turn the camera back' in looked(watch, [*turned, turned[0]])
    watch.look(SCENE, 100.0)
    assert watch.notice == ''


def test_a_hand_that_covers_the_camera_briefly_is_not_reported():
    dark = np.zeros_like(SCENE)
    assert looked(CameraWatch(SCENE), [SCENE, dark, dark, SCENE, dark, dark]) == ''
    assert 'scene of the reference' in looked(CameraWatch(SCENE), [dark] * 3)


def test_images_are_checked_only_every_two_seconds():
    watch = CameraWatch(SCENE)
    for number in range(30):
        watch.look(np.roll(SCENE, 40, axis=1), 0.1 * number)
    assert watch.notice == ''


def test_images_of_another_size_are_reported_and_unreadable_files_are_rejected(tmp_path):
    watch = CameraWatch(SCENE)
    assert 'set image_width' in looked(watch, [SCENE[:120]] * 3)
    (tmp_path / 'reference.png').write_bytes(b'no picture')
    with pytest.raises(ValueError, match='is not a readable image'):
        read_reference(tmp_path / 'reference.png')
