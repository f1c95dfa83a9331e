# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What some seconds of pictures say of a camera."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_bringup.camera_check import Shot, judge

RATE_HZ = 30.0


def scene(shift=(0, 0), gain=1.0, offset=0.0):
    """A cluttered picture, moved by (right, down) pixels."""
    rng = np.random.default_rng(0)
    picture = np.full((300, 400, 3), 110.0)
    for _ in range(60):
        x, y, w, h = rng.integers([0, 0, 10, 10], [360, 260, 60, 60])
        picture[y : y + h, x : x + w] = rng.uniform(40, 200, 3)
    right, down = shift
    moved = np.roll(picture, (down, right), axis=(0, 1))[30:270, 40:360]
    return np.clip(gain * moved + offset, 0, 255).astype(np.uint8)


def shots(picture=None, period_s=1 / RATE_HZ, age_s=0.03, count=60, gain=lambda i: 1.0):
    return [
        Shot(
            10 + i * period_s,
            10 + i * period_s + age_s,
            scene(gain=gain(i)) if picture is None else picture,
        )
        for i in range(count)
    ]


def objections(found):
    return {finding.what: finding.objection for finding in found if finding.objection}


def test_a_good_camera_is_fine():
    found = judge(shots(), RATE_HZ, scene())
    assert objections(found) == {}
    assert len(found) == 5


@pytest.mark.parametrize(
    ('bad', 'what', 'says'),
    [
        ({'period_s': 1 / 15}, 'rate', 'expected 30 Hz'),
        ({'period_s': -0.03}, 'rate', 'do not increase'),
        ({'age_s': 0.4}, 'age on arrival', 'old on arrival'),
        ({'age_s': -0.2}, 'age on arrival', 'chrony'),
        ({'picture': scene(gain=0.2)}, 'exposure', 'too dark'),
        ({'picture': scene(offset=130)}, 'exposure', 'too bright'),
        ({'gain': lambda i: 1 + 0.002 * i}, 'steadiness', 'v4l2-ctl'),
    ],
)
def test_what_is_wrong_is_named(bad, what, says):
    assert says in objections(judge(shots(**bad), RATE_HZ, None))[what]


def test_pictures_that_are_lost_make_it_irregular():
    some = [shot for i, shot in enumerate(shots(count=120)) if i % 10 not in (2, 3, 4)]
    assert 'rate' in objections(judge(some, RATE_HZ * 0.7, None))


@pytest.mark.parametrize('shift', [(20, 0), (0, -15), (-12, 12)])
def test_a_camera_that_was_moved_is_seen_and_by_how_much(shift):
    found = judge(shots(scene(shift)), RATE_HZ, scene())
    framing = found[-1]
    assert framing.objection.startswith('turn the camera')
    assert framing.measured == f'{shift[0]:+d} px right, {shift[1]:+d} px down'


def test_another_light_is_not_another_framing():
    assert not judge(shots(scene(gain=0.8, offset=10)), RATE_HZ, scene())[-1].objection


def test_another_place_or_size_is_not_compared():
    other = np.random.default_rng(1).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    assert 'something else' in judge(shots(other), RATE_HZ, scene())[-1].objection
    assert 'set image_width' in judge(shots(), RATE_HZ, scene()[:100])[-1].objection
