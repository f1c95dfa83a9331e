# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Points in the images on a page of conversations."""

from __future__ import annotations

import numpy as np

from genvla_training.inspect.conversation_page import draw_points, find_points


def test_points_in_an_answer_are_found_and_drawn():
    assert find_points('[(0.25, 0.5), (1, 0)] and (3.5, 0.1)') == [(0.25, 0.5), (1.0, 0.0)]
    drawn = draw_points(np.zeros((50, 100, 3), np.uint8), ['(0.25, 0.5)'], width_px=200)
    assert drawn.shape == (100, 200, 3)
    assert drawn[50, 57].tolist() == [255, 64, 64]  # a ring of 7 pixels around (50, 50)
