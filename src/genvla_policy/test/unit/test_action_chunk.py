# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Validation of action chunks."""

import numpy as np
import pytest

from genvla_policy import ActionChunk


def chunk(**changes):
    fields = {
        'actions': np.zeros((2, 7)),
        'step_period_s': 0.2,
        'text': '',
        'confidence': np.array([0.5, 1.0]),
        'inference_s': 0.1,
        'checkpoint': 'tiny',
        'instruction': 'go',
        'stamp_s': 3.0,
    }
    return ActionChunk(**(fields | changes))


def test_the_length_of_a_chunk_is_its_number_of_steps():
    assert len(chunk()) == 2


def test_the_arrays_of_a_chunk_are_read_only():
    with pytest.raises(ValueError, match='read-only'):
        chunk().actions[0, 0] = 1.0


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'actions': np.full((2, 7), np.nan)}, 'actions must be finite'),
        ({'actions': np.zeros((2, 6))}, r'actions must be \(H, 7\)'),
        ({'actions': np.zeros((0, 7)), 'confidence': np.zeros(0)}, 'H >= 1'),
        ({'actions': np.full((2, 7), 1.5)}, 'gripper must lie'),
        ({'confidence': np.array([0.5])}, 'confidence must be'),
        ({'confidence': np.array([0.5, 1.1])}, 'confidence must lie'),
        ({'step_period_s': 0.0}, 'step_period_s'),
        ({'inference_s': -1.0}, 'inference_s'),
        ({'stamp_s': float('inf')}, 'stamp_s'),
        ({'checkpoint': ''}, 'checkpoint'),
        ({'instruction': ' '}, 'instruction'),
    ],
)
def test_an_invalid_chunk_is_rejected(changes, message):
    with pytest.raises(ValueError, match=message):
        chunk(**changes)
