# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of a camera image to a model's square."""

import numpy as np
import pytest

from genvla_policy.images.picture_fit import ASPECTS, PictureFit
from genvla_policy.images.resize import crop_center, resize_image


def picture(width, height):
    """Return an image in which each pixel differs from its neighbours."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def fit(aspect='squash', *, center_crop=1.0, aspect_ratio=4 / 3):
    return PictureFit(64, 'area', center_crop, aspect, aspect_ratio)


@pytest.mark.parametrize('aspect', ASPECTS)
@pytest.mark.parametrize('size', [(320, 240), (640, 480), (427, 320)])
def test_an_image_of_the_training_aspect_ratio_is_only_resized(aspect, size):
    image = picture(*size)
    assert np.array_equal(fit(aspect).robot(image), resize_image(image, 64))
    assert fit(aspect).notice(image) == ''


def test_a_squashed_image_is_used_to_its_edges():
    image = picture(1280, 720)
    assert np.array_equal(fit('squash').robot(image), resize_image(image, 64))


@pytest.mark.parametrize(
    ('size', 'seen'),
    [
        ((1280, 720), np.s_[:, 160:1120]),
        ((480, 480), np.s_[60:420, :]),
        ((240, 320), np.s_[70:250, :]),
    ],
)
def test_a_cropped_image_keeps_its_middle(size, seen):
    image = picture(*size)
    assert np.array_equal(fit('crop').robot(image), resize_image(image[seen], 64))


@pytest.mark.parametrize(
    ('size', 'padding'),
    [((1280, 720), ((120, 120), (0, 0))), ((480, 480), ((0, 0), (80, 80)))],
)
def test_a_letterboxed_image_is_complete_and_extended_by_its_edges(size, padding):
    image = picture(*size)
    padded = np.pad(image, (*padding, (0, 0)), mode='edge')
    assert np.array_equal(fit('letterbox').robot(image), resize_image(padded, 64))


@pytest.mark.parametrize('aspect', ASPECTS)
def test_an_unknown_aspect_ratio_changes_nothing(aspect):
    image = picture(1280, 720)
    unknown = fit(aspect, aspect_ratio=0.0)
    assert np.array_equal(unknown.robot(image), resize_image(image, 64))
    assert unknown.notice(image) == ''


def test_only_the_robot_s_image_is_cropped_to_its_middle():
    image = picture(320, 240)
    cropped = fit(center_crop=0.9)
    assert np.array_equal(cropped.robot(image), crop_center(resize_image(image, 64), 0.9))
    assert np.array_equal(cropped.whole(image), resize_image(image, 64))


@pytest.mark.parametrize(
    ('size', 'alike'),
    [((1280, 720), 'crop'), ((480, 480), 'letterbox'), ((240, 320), 'letterbox')],
)
def test_keep_height_crops_wide_images_and_pads_narrow_ones(size, alike):
    image = picture(*size)
    assert np.array_equal(fit('keep_height').robot(image), fit(alike).robot(image))


@pytest.mark.parametrize(
    ('aspect', 'size', 'done'),
    [
        ('squash', (1280, 720), 'squashed'),
        ('crop', (1280, 720), 'cropped'),
        ('letterbox', (1280, 720), 'padded'),
        ('keep_height', (1280, 720), 'cropped'),
        ('keep_height', (480, 480), 'padded'),
    ],
)
def test_another_aspect_ratio_is_reported_with_the_conversion(aspect, size, done):
    notice = fit(aspect).notice(picture(*size))
    assert notice.startswith('the aspect ratio in training was 1.33; an image of ')
    assert f'{size[0]}x{size[1]} ({size[0] / size[1]:.3g}) is {done}' in notice
