# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The scripted expert of LIBERO's object suite, in a fake LIBERO."""

import numpy as np
import pytest

from genvla_eval.harness import libero
from genvla_eval.harness.libero_expert import Expert, Phase, settle
from genvla_eval.harness.libero_objects import HEIGHTS_M, object_of

MAX_STEPS = 280


def play(world, change=lambda action: action, after_chunk=lambda world, expert: None):
    """Play an episode in chunks of eight actions and return the number of steps."""
    expert = Expert(f'pick up the {world.kind.replace("_", " ")} and place it in the basket')
    for start in range(0, MAX_STEPS, 8):
        chunk = libero.to_benchmark(expert.plan(world.scene, 8))
        for done, action in enumerate(chunk, start=1):
            world.step(change(action))
            if world.in_basket:
                return start + done
        after_chunk(world, expert)
    return MAX_STEPS


@pytest.mark.parametrize('kind', HEIGHTS_M)
def test_every_object_reaches_the_basket(kind, fake_libero):
    world = fake_libero(kind)
    assert play(world) < 150
    assert world.in_basket


@pytest.mark.parametrize('axis', range(7))
def test_the_wrong_sign_of_any_action_fails(axis, fake_libero):
    sign = np.ones(7)
    sign[axis] = -1.0
    # A rotation whose sign is wrong grows.
    world = fake_libero('milk', tilt=(0.05, -0.05, 0.05))
    play(world, lambda action: sign * action)
    assert not world.in_basket


def test_metres_instead_of_fractions_fail(fake_libero):
    world = fake_libero('milk')
    play(world, lambda action: action * [0.05, 0.05, 0.05, 1, 1, 1, 1])
    assert not world.in_basket


def test_a_tilted_hand_is_straightened(fake_libero):
    world = fake_libero('milk', tilt=(0.3, -0.2, 0.4))
    play(world)
    assert world.tilt_rad < 0.01


def test_a_lost_object_is_picked_up_again(fake_libero):
    drops = []

    def drop_once(world, expert):
        if expert.phase is Phase.ACROSS and not drops:
            drops.append(expert.phase)
            world.drop()

    world = fake_libero('ketchup')
    assert play(fake_libero('ketchup')) + 20 < play(world, after_chunk=drop_once) < MAX_STEPS
    assert drops


def test_actions_are_in_the_range_of_an_action_chunk(fake_libero):
    expert = Expert('pick up the milk and place it in the basket')
    chunk = expert.plan(fake_libero('milk', tilt=(0.0, 0.0, 1.0)).scene, 40)
    assert chunk.shape == (40, 7)
    assert np.abs(chunk[:, :3]).max() == pytest.approx(0.05)
    assert np.abs(chunk[:, 3:6]).max() == pytest.approx(0.5)
    assert set(chunk[:, 6]) <= {0.0, 1.0}


def test_the_predicted_arm_is_the_simulated_arm(fake_libero):
    world = fake_libero('milk')
    error, speed = np.zeros(3), np.zeros(3)
    for action in np.random.default_rng(0).uniform(-1.0, 1.0, (20, 3)):
        start = world.tool
        world.step(np.array([*action, 0.0, 0.0, 0.0, -1.0]))
        error, speed = settle(0.05 * action, speed)
        np.testing.assert_allclose(start + 0.05 * action - error, world.tool, atol=5e-4)
        speed = world.speed


def test_an_object_is_named_by_its_instruction():
    assert object_of('pick up the cream cheese and place it in the basket') == 'cream_cheese'


@pytest.mark.parametrize('instruction', ['', 'open the drawer', 'pick up the cat and place it'])
def test_an_unknown_instruction_is_refused(instruction):
    with pytest.raises(ValueError, match=r'it follows "pick up the X .* alphabet soup, bbq sauce'):
        object_of(instruction)
