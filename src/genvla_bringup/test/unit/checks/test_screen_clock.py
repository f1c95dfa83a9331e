# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A clock on a screen, as a camera sees it."""

from __future__ import annotations

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_bringup.checks import screen_clock
from genvla_bringup.checks.screen_clock import COLUMNS, ROWS, WRAP_MS, cells, lag_ms, read

NOW_MS = 1_795_907_406_816
CORNERS = {
    'straight': [(160, 120), (480, 120), (480, 369), (160, 369)],
    'small': [(300, 200), (372, 200), (372, 256), (300, 256)],
    'askew': [(120, 90), (500, 150), (470, 400), (150, 330)],
    'on its head': [(480, 369), (160, 369), (160, 120), (480, 120)],
    'on its side': [(480, 60), (480, 380), (231, 380), (231, 60)],
}


def filmed(time_ms, corners=CORNERS['straight'], noise=0.0, blur=0, clock=None):
    """Return an image of 640x480 with the clock on a grey wall."""
    grid = cells(time_ms) if clock is None else clock
    px = 40
    flat = np.kron(grid, np.ones((px, px))).astype(np.uint8) * 200 + 20
    flat = cv2.copyMakeBorder(flat, px, px, px, px, cv2.BORDER_CONSTANT, value=220)
    inner = np.array([(0, 0), (COLUMNS, 0), (COLUMNS, ROWS), (0, ROWS)], np.float32) * px + px
    transform = cv2.getPerspectiveTransform(inner, np.array(corners, np.float32))
    wall = np.full((480, 640), 150, np.uint8)
    picture = cv2.warpPerspective(
        flat, transform, (640, 480), wall, borderMode=cv2.BORDER_TRANSPARENT
    )
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    noisy = picture + np.random.default_rng(0).normal(0, noise, picture.shape)
    return np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@given(st.integers(0, WRAP_MS - 1))
def test_the_shown_time_is_read(time_ms):
    assert read(filmed(time_ms)) == time_ms


@pytest.mark.parametrize('name', CORNERS)
def test_the_clock_may_be_at_any_place_and_angle_in_the_image(name):
    assert read(filmed(NOW_MS, CORNERS[name])) == NOW_MS % WRAP_MS


def test_a_picture_may_be_noisy_and_a_little_blurred():
    assert read(filmed(NOW_MS, noise=15.0, blur=2.5)) == NOW_MS % WRAP_MS


@pytest.mark.parametrize('row', range(2, ROWS - 1))
def test_a_picture_between_two_times_is_not_read(row):
    torn = np.vstack([cells(NOW_MS + 17)[:row], cells(NOW_MS)[row:]])
    assert read(filmed(NOW_MS, clock=torn)) is None


@pytest.mark.parametrize('level', [0, 128, 255])
def test_a_picture_without_a_clock_is_not_read(level):
    assert read(np.full((480, 640, 3), level, np.uint8)) is None


def test_clutter_is_not_read_as_a_clock():
    clutter = np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8)
    assert read(np.kron(clutter, np.ones((16, 16, 1), np.uint8))) is None


def test_the_lag_is_correct_where_the_clock_wraps_around():
    assert lag_ms(NOW_MS / 1000 + 0.05, NOW_MS % WRAP_MS) == pytest.approx(50, abs=0.01)
    assert lag_ms(WRAP_MS / 1000 + 0.02, WRAP_MS - 10) == pytest.approx(30, abs=0.01)
    assert lag_ms(0.0, 5) == pytest.approx(-5)


def test_the_page_has_the_layout_in_it():
    assert 'LAYOUT' not in screen_clock.page()
    assert f'"columns": {COLUMNS}' in screen_clock.page()
