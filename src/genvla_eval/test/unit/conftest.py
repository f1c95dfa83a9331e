# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy and its recorded steps, shared by the tests of replays."""

from __future__ import annotations

import pytest
import torch

from genvla_eval.closed_loop.simulated_steps import run_policy
from genvla_policy.inference.policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT


@pytest.fixture(scope='session', autouse=True)
def one_thread():
    """Use one thread: next to other work, waiting threads make tiny models ten times slower."""
    torch.set_num_threads(1)


@pytest.fixture(scope='session')
def shipped_policy():
    """The shipped tiny policy."""
    return Policy.load(SHIPPED_CHECKPOINT)


@pytest.fixture(scope='session')
def steps(shipped_policy):
    """Twelve steps of the shipped policy in the simulator."""
    return run_policy(shipped_policy, 12)
