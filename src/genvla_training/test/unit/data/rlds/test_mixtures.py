# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The published mixture weights."""

import pytest

from genvla_training.data.rlds import OXE_MIXTURES


def test_the_magic_soups_are_as_large_as_published():
    assert {name: len(weights) for name, weights in OXE_MIXTURES.items()} == {
        'bridge_rt_1': 2,
        'rtx': 10,
        'oxe_magic_soup': 23,
        'oxe_magic_soup_plus': 27,
    }
    assert sum(OXE_MIXTURES['oxe_magic_soup'].values()) == pytest.approx(29.574975850)
    added = OXE_MIXTURES['oxe_magic_soup_plus'].keys() - OXE_MIXTURES['oxe_magic_soup'].keys()
    assert added == {'bc_z', 'fmb_dataset', 'dobbe', 'droid'}
