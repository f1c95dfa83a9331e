# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy that does not look at the image is found out."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from genvla_eval.replay.answers import Row
from genvla_eval.replay.image_use import ImageUse, image_use_notice, summarize_image_use


class Policy:
    """Moves as far as its image is bright, or always the same way."""

    def __init__(self, looks):
        self.looks = looks

    can_commit = False

    def infer(self, observation, *, committed=None):
        brightness = float(observation.images[0].mean()) / 255.0
        action = np.zeros((1, 7))
        action[0, 0] = 0.04 * (brightness if self.looks else 0.5)
        return SimpleNamespace(actions=action)


def row(predicted_HA, reference_HA):
    return Row(
        bag='bag',
        time_s=0.0,
        instruction='pick it up',
        text='',
        recorded_text='',
        predicted_HA=predicted_HA,
        reference_HA=reference_HA,
        confidence_H=np.array([]),
        inference_s=0.01,
        first_action_s=0.01,
        score=None,
        changed_H=None,
        rules={},
        q=None,
    )


def use_of(looks, num_moments=20, expected=20):
    policy, use = Policy(looks), ImageUse(expected)
    for number in range(num_moments):
        level = round(255 * number / num_moments)
        moment = SimpleNamespace(
            images=(np.full((4, 4, 3), level, np.uint8),),
            instruction='pick it up',
            time_s=float(number),
        )
        done = np.array([[0.04 * level / 255.0, 0, 0, 0, 0, 0, 1.0]])
        use.offer(moment, row(policy.infer(moment).actions, done))
    return summarize_image_use(use.errors(policy))


def test_a_policy_that_looks_is_worse_with_another_image():
    use = use_of(looks=True)
    assert use['translation_mm'] == pytest.approx(0.0, abs=1e-9)
    assert use['with_another_image_mm'] == pytest.approx(20.0, rel=0.05)
    assert use['gain'] == 1.0
    assert image_use_notice('mine', use) == ''


def test_a_policy_that_does_not_look_is_named():
    use = use_of(looks=False)
    assert use['gain'] == 0.0
    assert image_use_notice('mine', use).startswith('mine hardly looks at the image: its error is')


@pytest.mark.parametrize(('num_moments', 'expected'), [(79, 79), (90, 40)])
def test_at_most_forty_moments_are_asked_again(num_moments, expected):
    use = use_of(looks=True, num_moments=num_moments, expected=expected)
    assert 30 <= use['asked'] <= 40


def test_a_few_moments_say_nothing():
    assert use_of(looks=False, num_moments=5) is None
    assert image_use_notice('mine', None) == ''
