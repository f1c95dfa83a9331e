# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes that neighbouring batches share."""

import pytest

from genvla_training.inspect.neighbours import NeighboursOptions, main, neighbours


@pytest.mark.parametrize('recipe', ['openvla_plus_bridge', 'pi0_plus_rt1'])
def test_neighbouring_batches_of_a_full_recipe_share_few_episodes(recipe):
    found = neighbours(NeighboursOptions(recipe))
    assert found.of_batch > 0.97 * found.samples
    # A sixteenth is what pools of eight episodes at a time shared two thirds of.
    assert found.shared < found.of_batch / 16
    assert found.of_all > 0.5 * 30 * found.samples


def test_small_pools_share_more():
    small, large = (
        neighbours(NeighboursOptions('openvla_plus_bridge', pool_episodes=pool)).shared
        for pool in (8, 64)
    )
    assert small > 3 * large


def test_the_command_prints_the_result(capsys):
    main(['tiny', '--episodes', '100', '--batches', '2'])
    assert 'tiny: the 16 robot samples of a batch come from' in capsys.readouterr().out


def test_an_unknown_recipe_is_refused(sentence):
    assert "no recipe is called 'huge'" in sentence(main, 'huge')
