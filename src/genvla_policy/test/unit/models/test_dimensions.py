# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The named dimensions are consistent."""

import pytest

from genvla_policy.models.dimensions import DIMENSIONS, SIZES


def test_both_families_have_every_size():
    assert {size for _, size in DIMENSIONS} == set(SIZES)
    assert {family for family, _ in DIMENSIONS} == {'pi0', 'openvla'}


@pytest.mark.parametrize('key', DIMENSIONS)
def test_heads_and_patches_divide_their_dimensions(key):
    dimensions = DIMENSIONS[key]
    for tower in filter(None, (dimensions.siglip, dimensions.dino)):
        assert tower.width % tower.num_heads == 0
        assert dimensions.image_size % tower.patch_size == 0
    assert dimensions.text.num_heads % dimensions.text.num_kv_heads == 0
    assert 256 <= dimensions.bins_end <= dimensions.text.vocabulary_size


def test_openvla_has_two_towers_except_small_and_pi0_has_an_expert():
    towers = {key: list(dimensions.towers) for key, dimensions in DIMENSIONS.items()}
    assert towers == {
        ('pi0', 'tiny'): ['siglip'],
        ('openvla', 'tiny'): ['dino', 'siglip'],
        ('openvla', 'small'): ['dino'],
        ('pi0', 'full'): ['siglip'],
        ('openvla', 'full'): ['dino', 'siglip'],
    }
    assert all(
        (d.expert is not None) == (family == 'pi0') for (family, _), d in DIMENSIONS.items()
    )
