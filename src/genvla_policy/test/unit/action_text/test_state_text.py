# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Robot states are written as numbers of bins."""

import pytest

from genvla_policy.action_text.state_text import StateText

STATISTICS = {'here': {'proprio': {'q01': [-1.0, 0.0, 5.0], 'q99': [1.0, 0.5, 5.0]}}}
TEXT = StateText(STATISTICS, 'here', 3)


@pytest.mark.parametrize(
    ('state', 'written'),
    [
        ((-1.0, 0.0, 5.0), '0 0 128'),
        ((1.0, 0.5, 5.0), '255 255 128'),
        ((0.0, 0.25, 7.0), '128 128 128'),
        # Bins are 2 / 256 wide.
        ((-1.0 + 1.99 / 256, 0.0, 0.0), '0 0 128'),
        ((-1.0 + 2.01 / 256, 0.0, 0.0), '1 0 128'),
        ((-9.0, 9.0, 0.0), '0 255 128'),
    ],
)
def test_each_number_is_written_as_its_bin(state, written):
    assert TEXT.write(state) == written


def test_no_text_is_longer_than_the_longest():
    assert TEXT.longest == '255 255 255'


@pytest.mark.parametrize('state', [(), (0.0, 0.0), (0.0, 0.0, float('nan'))])
def test_a_state_of_another_shape_is_rejected(state):
    with pytest.raises(ValueError, match='expected 3 finite numbers'):
        TEXT.write(state)


@pytest.mark.parametrize(('dataset', 'dimension'), [('there', 3), ('here', 7)])
def test_bounds_of_another_dimension_are_rejected(dataset, dimension):
    with pytest.raises(ValueError, match=f'the model reads states of {dimension} numbers'):
        StateText(STATISTICS, dataset, dimension)
