# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints that do not fit the node or its parameters."""

import pytest

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.ros.params import PolicyParams
from genvla_policy.ros.policy_loading import ParametersMismatch, check_parameters


def test_the_node_rejects_a_checkpoint_that_reads_the_state():
    with pytest.raises(ParametersMismatch, match=r'proprio_dim = 7.*Observation\.state'):
        check_parameters(PolicyParams(), tiny_config(proprio_dim=7))
