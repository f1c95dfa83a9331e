# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""LIBERO's action bounds in metres and radians."""

import json

import numpy as np
import pytest

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.pretrained.libero_units import in_metres_and_radians, is_libero
from genvla_policy.pretrained.open_pretrained import open_pretrained

LIBERO = {
    'action': {
        'q01': [-0.7, -0.6, -0.9, -0.1, -0.2, -0.3, 0.0],
        'q99': [0.9, 0.8, 1.0, 0.15, 0.2, 0.4, 1.0],
        'mask': [True] * 6 + [False],
    },
    'num_trajectories': 432,
}


def test_bounds_become_metres_and_radians_and_the_gripper_is_unchanged():
    [converted] = in_metres_and_radians({'libero_10': LIBERO}).values()
    action = converted['action']
    assert action['q99'] == pytest.approx([0.045, 0.04, 0.05, 0.075, 0.1, 0.2, 1.0])
    assert action['rotation'] == 'axis_angle'
    assert action['mask'] == LIBERO['action']['mask']
    assert converted['num_trajectories'] == 432
    assert 'rotation' not in LIBERO['action']


def test_other_data_sets_are_unchanged():
    assert in_metres_and_radians({'bridge_orig': LIBERO}) == {'bridge_orig': LIBERO}
    assert is_libero('libero_10_no_noops')
    assert not is_libero('bridge_orig')


def test_a_released_libero_model_is_converted_with_rate_and_units(
    tmp_path, write_openvla, two_datasets, converted
):
    # openvla/openvla-7b-finetuned-libero-*: its own statistics next to those of its base.
    source = tmp_path / 'openvla-7b-finetuned-libero-10'
    write_openvla(source, statistics=two_datasets)
    (source / 'dataset_statistics.json').write_text(json.dumps({'libero_10_no_noops': LIBERO}))
    assert open_pretrained(source).default_system == 'openvla'
    policy = converted(source, tmp_path / 'out')
    config = policy.config
    assert (config.dataset, config.control_rate_hz) == ('libero_10_no_noops', 20.0)
    assert config.trained
    bounds = policy.normalizer
    assert bounds.rotation == 'axis_angle'
    np.testing.assert_allclose(bounds.q99[:6], [0.045, 0.04, 0.05, 0.075, 0.1, 0.2])
    own = ActionNormalizer.from_statistics({'own': LIBERO}, 'own', 7)
    middle = np.zeros((1, 7))
    np.testing.assert_allclose(
        bounds.unnormalize(middle)[0, :3], 0.05 * own.unnormalize(middle)[0, :3]
    )
