# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings about a camera from a few seconds of images."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_bringup.checks import screen_clock
from genvla_bringup.checks.camera_verdicts import Shot, judge

RATE_HZ = 30.0


def scene(shift=(0, 0), gain=1.0, offset=0.0):
    """Return a cluttered image, moved by (right, down) pixels."""
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
def test_a_problem_is_named(bad, what, says):
    assert says in objections(judge(shots(**bad), RATE_HZ, None))[what]


def test_lost_images_make_the_rate_irregular():
    some = [shot for i, shot in enumerate(shots(count=120)) if i % 10 not in (2, 3, 4)]
    assert 'rate' in objections(judge(some, RATE_HZ * 0.7, None))


@pytest.mark.parametrize('shift', [(20, 0), (0, -15), (-12, 12)])
def test_a_moved_camera_is_detected_with_its_offset(shift):
    found = judge(shots(scene(shift)), RATE_HZ, scene())
    framing = found[-1]
    assert framing.objection.startswith('turn the camera')
    assert framing.measured == f'{shift[0]:+d} px right, {shift[1]:+d} px down'


def test_another_light_is_not_another_framing():
    assert not judge(shots(scene(gain=0.8, offset=10)), RATE_HZ, scene())[-1].objection


def test_another_place_or_size_is_not_compared():
    other = np.random.default_rng(1).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    assert 'does not show the scene' in judge(shots(other), RATE_HZ, scene())[-1].objection
    assert 'set image_width' in judge(shots(), RATE_HZ, scene()[:100])[-1].objection


def clocks(age_s, stamp_age_s, count=60):
    """Return images of a screen clock, stamped and received some time after it was shown."""
    shown_s = [1000 + i / RATE_HZ for i in range(count)]
    cell = np.ones((24, 24))
    return [
        Shot(
            t + stamp_age_s,
            t + age_s,
            np.pad(
                np.kron(screen_clock.cells(round(1000 * t)), cell)[..., None].repeat(3, 2) * 255,
                ((24, 24), (24, 24), (0, 0)),
                constant_values=200,
            ).astype(np.uint8),
        )
        for t in shown_s
    ]


def test_a_screen_clock_measures_the_latency_of_images():
    latency = judge(clocks(0.080, 0.030), RATE_HZ, None, films_clock=True)[-1]
    assert latency.measured == '80 ms, 30 of them before the stamp (60 of 60 images read)'
    assert latency.objection == ''


@pytest.mark.parametrize(
    ('age_s', 'stamp_age_s', 'says'), [(0.4, 0.03, 'below 250'), (0.05, -0.1, 'clocks of screen')]
)
def test_the_screen_clock_finds_problems(age_s, stamp_age_s, says):
    found = judge(clocks(age_s, stamp_age_s), RATE_HZ, None, films_clock=True)
    assert says in objections(found)['latency from the screen']


def test_a_screen_clock_that_cannot_be_read_is_reported_with_advice():
    found = judge(shots(), RATE_HZ, None, films_clock=True)
    assert 'film the whole clock' in objections(found)['latency from the screen']
