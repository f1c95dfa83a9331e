# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The checkpoint that comes with the package is whole, small and what its card says."""

import subprocess
import sys

import numpy as np

from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_policy.shipped import SHIPPED_CHECKPOINT

CARD = (SHIPPED_CHECKPOINT / 'README.md').read_text()


def test_it_is_a_trained_pi0_plus_that_acts():
    policy = Policy.load(SHIPPED_CHECKPOINT)
    config = policy.config
    assert (config.family, config.encoders, config.action_head) == ('pi0', 'dual', 'string')
    assert config.trained
    picture = np.full((480, 640, 3), 128, np.uint8)
    chunk = policy.infer(Observation((picture,), 'pick up the carrot', 0.0))
    low, high = np.array([-0.05] * 3 + [-0.3] * 3), np.array([0.05] * 3 + [0.3] * 3)
    assert ((low <= chunk.actions[0, :6]) & (chunk.actions[0, :6] <= high)).all()


def test_of_a_wide_picture_it_sees_what_a_picture_as_in_training_would_show():
    policy = Policy.load(SHIPPED_CHECKPOINT, device='cpu')
    wide = np.random.default_rng(0).integers(0, 256, (72, 128, 3), dtype=np.uint8)
    texts = [
        policy.infer(Observation((picture,), 'pick up the carrot', 0.0)).text
        for picture in (wide, wide[:, 16:112])
    ]
    assert texts[0] == texts[1]


def test_it_is_below_forty_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED_CHECKPOINT.rglob('*')) < 40e6


def test_its_card_says_which_command_its_numbers_come_from():
    assert 'genvla eval rollouts' in CARD
    assert 'runs/training' in CARD


def test_its_folder_can_be_asked_for():
    printed = subprocess.run(
        [sys.executable, '-m', 'genvla_policy.shipped'], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == str(SHIPPED_CHECKPOINT)
