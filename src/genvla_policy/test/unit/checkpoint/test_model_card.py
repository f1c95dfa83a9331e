# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The contents of a model card."""

from genvla_policy.checkpoint.model_card import model_card
from genvla_policy.models.systems import system_config


def card_of(system, **changes):
    config = system_config(system, 'tiny', **changes)
    return model_card(config, num_parameters=5_300_000, weights='Random weights.')


def test_the_card_names_the_system_its_size_and_its_weights():
    card = card_of('openvla_plus')
    assert card.startswith('# openvla_plus-tiny-random\n')
    assert 'dual vision encoder (siglip frozen)' in card
    assert '5.3 M parameters' in card
    assert '**Random weights.**' in card


def test_the_card_describes_input_and_output():
    card = card_of('pi0_s', horizon=4, num_cameras=2)
    assert 'Input: 2 camera image(s), 128 x 128 px' in card
    assert 'Output: 4 action(s) of 7 numbers at\n  5 Hz: digits printed' in card


def test_a_flow_head_prints_nothing():
    assert "pi0's action expert (flow matching)" in card_of('pi0_inst_aug')
