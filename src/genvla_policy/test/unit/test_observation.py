# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Validation of observations."""

import numpy as np
import pytest

from genvla_policy import Observation

IMAGE = np.zeros((4, 6, 3), dtype=np.uint8)


def test_an_observation_keeps_what_it_was_given():
    observation = Observation((IMAGE,), 'pick up the carrot', 12.5)
    assert observation.images[0] is IMAGE
    assert (observation.instruction, observation.stamp_s) == ('pick up the carrot', 12.5)


@pytest.mark.parametrize('shape', [(4, 6), (4, 6, 4), (3, 4, 6), (0, 6, 3)])
def test_an_image_of_another_shape_is_rejected(shape):
    with pytest.raises(ValueError, match=r'images\[0\] must be \(H, W, 3\)'):
        Observation((np.zeros(shape, dtype=np.uint8),), 'go', 0.0)


def test_a_float_image_is_rejected():
    with pytest.raises(TypeError, match='uint8 array, got float64'):
        Observation((np.zeros((4, 6, 3)),), 'go', 0.0)


def test_an_observation_without_images_is_rejected():
    with pytest.raises(ValueError, match='at least one image'):
        Observation((), 'go', 0.0)


def test_a_blank_instruction_is_rejected():
    with pytest.raises(ValueError, match='blank'):
        Observation((IMAGE,), ' \n', 0.0)


def test_a_stamp_that_is_not_finite_is_rejected():
    with pytest.raises(ValueError, match='stamp_s'):
        Observation((IMAGE,), 'go', float('nan'))
