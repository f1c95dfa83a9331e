# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy's view of an episode."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_eval.suite.cells import Factor
from genvla_eval.suite.view import View
from genvla_sim.scene.look import PLAIN_LOOK
from genvla_sim.tasks.tabletop_env import TabletopEnv


@pytest.mark.parametrize(
    ('factor', 'fields'),
    [
        (Factor.BACKGROUND, {'room_rgb'}),
        (Factor.TABLE, {'table_rgb', 'table_texture'}),
        (Factor.LIGHTING, {'light_direction', 'light', 'ambient', 'headlight'}),
        (Factor.CAMERA, set()),
        (Factor.NOTHING, set()),
    ],
)
def test_one_factor_changes_nothing_else(factor, fields):
    view = View.draw(factor, np.random.default_rng(0))
    differ = {
        name for name, value in vars(view.look).items() if value != getattr(PLAIN_LOOK, name)
    }
    assert differ == fields
    plain = View.draw(Factor.NOTHING, np.random.default_rng(0))
    assert (view.camera != plain.camera) == (factor is Factor.CAMERA)


def test_a_masked_image_keeps_only_objects_and_arm():
    env = TabletopEnv('PickCarrot', render_images=False)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    masked = View.draw(Factor.MASKED, rng).picture(env.simulation)
    plain = View.draw(Factor.NOTHING, rng).picture(env.simulation)
    bodies = env.simulation.segment_bodies(View.draw(Factor.NOTHING, rng).camera)
    kept = (bodies != 'table') & (bodies != 'floor')
    np.testing.assert_array_equal(masked[kept], plain[kept])
    assert (masked[~kept] == 128).all()
    assert kept.any()
    env.close()


def test_a_view_without_factors_is_the_image_of_the_environment():
    env = TabletopEnv('PickCarrot', image_size=(640, 480))
    observation, _ = env.reset(seed=0)
    view = View.draw(Factor.NOTHING, np.random.default_rng(0))
    assert np.array_equal(view.picture(env.simulation), observation['image'])
    env.close()
