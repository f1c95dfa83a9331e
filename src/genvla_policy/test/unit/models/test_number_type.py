# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The choice of the faster number type."""

import math

import pytest
import torch

from genvla_policy.models import number_type
from genvla_policy.models.number_type import answer_seconds, fastest_dtype
from genvla_policy.models.systems import system_config

LARGE, SMALL = 300_000_000, 6_000_000


@pytest.mark.parametrize(
    ('bfloat16_s', 'dtype'),
    [(0.3, torch.bfloat16), (0.9, torch.float32), (2.0, torch.float32)],
)
def test_bfloat16_is_chosen_only_if_it_is_clearly_faster(bfloat16_s, dtype):
    seconds = {torch.float32: 1.0, torch.bfloat16: bfloat16_s}
    config = system_config('pi0_plus', 'tiny')
    assert fastest_dtype(config, LARGE, lambda _, kind: seconds[kind]) == dtype


def not_called(*_):
    raise AssertionError('measured')


def test_a_small_model_is_not_measured():
    config = system_config('pi0_plus', 'tiny')
    assert fastest_dtype(config, SMALL, not_called) == torch.float32


def test_a_processor_without_fast_bfloat16_is_not_measured(monkeypatch):
    monkeypatch.setattr(torch.cpu, 'get_capabilities', dict)
    monkeypatch.setattr(number_type, 'answer_seconds', not_called)
    assert fastest_dtype(system_config('pi0_plus', 'tiny'), LARGE) == torch.float32


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus', 'openvla', 'pi0_inst_aug'])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_the_measurement_runs_for_every_kind_of_system(system, dtype):
    seconds = answer_seconds(system_config(system, 'tiny', num_cameras=2), dtype)
    assert math.isfinite(seconds)
    assert seconds > 0.0
