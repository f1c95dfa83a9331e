# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Scenes of the simulator."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_training.synthetic.scenes import random_scenes


@pytest.fixture(scope='session')
def scenes():
    """Three tables with 12 scenes each."""
    return list(random_scenes(np.random.default_rng(5), 36))
