# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Open X-Embodiment mixtures: the weight of each data set, by the name of the mixture.

A weight applies per step: a data set is drawn in proportion to its weight times its steps.

Source: openvla bc8412a, prismatic/vla/datasets/rlds: oxe/mixtures.py (the weights; those of the
magic soup are Octo's, arXiv 2405.12213) and dataset.py (balance_weights: times the steps).
"""

from __future__ import annotations

from collections.abc import Mapping

_MAGIC_SOUP: Mapping[str, float] = {
    'fractal20220817_data': 0.54087122203,
    'kuka': 0.8341046294,
    'bridge_orig': 1.0,
    'taco_play': 2.0,
    'jaco_play': 1.0,
    'berkeley_cable_routing': 1.0,
    'roboturk': 2.0,
    'viola': 2.0,
    'berkeley_autolab_ur5': 2.0,
    'toto': 1.0,
    'language_table': 0.1,
    'stanford_hydra_dataset_converted_externally_to_rlds': 2.0,
    'austin_buds_dataset_converted_externally_to_rlds': 1.0,
    'nyu_franka_play_dataset_converted_externally_to_rlds': 3.0,
    'furniture_bench_dataset_converted_externally_to_rlds': 0.1,
    'ucsd_kitchen_dataset_converted_externally_to_rlds': 2.0,
    'austin_sailor_dataset_converted_externally_to_rlds': 1.0,
    'austin_sirius_dataset_converted_externally_to_rlds': 1.0,
    'dlr_edan_shared_control_converted_externally_to_rlds': 1.0,
    'iamlab_cmu_pickup_insert_converted_externally_to_rlds': 1.0,
    'utaustin_mutex': 1.0,
    'berkeley_fanuc_manipulation': 2.0,
    'cmu_stretch': 1.0,
}

OXE_MIXTURES: Mapping[str, Mapping[str, float]] = {
    'bridge_rt_1': {'bridge_orig': 1.0, 'fractal20220817_data': 1.0},
    'rtx': {
        'fractal20220817_data': 0.54087122203,
        'kuka': 0.8341046294,
        'bridge_orig': 1.0,
        'taco_play': 2.0,
        'jaco_play': 2.0,
        'berkeley_cable_routing': 3.0,
        'roboturk': 1.0,
        'viola': 2.0,
        'berkeley_autolab_ur5': 1.0,
        'toto': 1.0,
    },
    'oxe_magic_soup': _MAGIC_SOUP,
    'oxe_magic_soup_plus': {
        **_MAGIC_SOUP,
        'bc_z': 0.2,
        'fmb_dataset': 1.0,
        'dobbe': 0.2,
        'droid': 0.06,
    },
}
"""Mixtures by their OpenVLA names."""
