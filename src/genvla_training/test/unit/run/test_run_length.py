# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Passes over the robot data, in steps."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from genvla_training.data.mixture import Part
from genvla_training.run.recipes import RECIPES
from genvla_training.run.run_data import RunData
from genvla_training.run.run_length import samples_of_a_pass, with_steps

CONFIG = RECIPES['openvla_plus_rt1']()


def robot(*lengths):
    return SimpleNamespace(lengths_E=np.array(lengths))


def test_ten_passes_count_complete_batches_like_the_authors():
    # 1000 samples are four batches of 256, the last of them not full.
    data = RunData([Part([robot(600, 400)], [1.0], 8, 8)], [])
    config = with_steps(CONFIG, data)
    assert (config.steps, config.passes) == (40, 0.0)
    assert replace(config, steps=0, passes=10) == CONFIG


def test_a_run_with_steps_is_unchanged():
    config = replace(CONFIG, steps=7, passes=0.0)
    assert with_steps(config, RunData([], [])) is config


def test_a_run_has_at_least_one_step():
    data = RunData([Part([robot(1)], [1.0], 8, 8)], [])
    assert with_steps(replace(CONFIG, passes=0.01), data).steps == 1


def test_a_pass_of_a_mixture_goes_through_every_data_set():
    part = Part([robot(100), robot(300)], [1.0, 1.0], 8, 8)
    assert samples_of_a_pass(part) == 600.0
    assert samples_of_a_pass(replace(part, weights=[1.0, 3.0])) == 400.0


@pytest.mark.parametrize(('steps', 'passes'), [(0, 0.0), (100, 10.0)])
def test_exactly_one_of_steps_and_passes_is_set(steps, passes):
    with pytest.raises(ValueError, match=f'steps is {steps} and passes is {passes:g}: set one of'):
        replace(CONFIG, steps=steps, passes=passes)


def test_passes_need_robot_data():
    with pytest.raises(ValueError, match='passes count robot data'):
        replace(RECIPES['tiny_base'](), steps=0, passes=1.0)
