# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The shipped checkpoint is complete, small and as described in its card."""

import subprocess
import sys

import numpy as np

from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.text.unknown_words import unfamiliar

CARD = (SHIPPED_CHECKPOINT / 'README.md').read_text()


def test_the_shipped_checkpoint_is_a_trained_pi0_plus():
    policy = Policy.load(SHIPPED_CHECKPOINT)
    config = policy.config
    assert (config.family, config.encoders, config.action_head) == ('pi0', 'dual', 'string')
    assert config.trained
    picture = np.full((480, 640, 3), 128, np.uint8)
    chunk = policy.infer(Observation((picture,), 'pick up the carrot', 0.0))
    low, high = np.array([-0.05] * 3 + [-0.3] * 3), np.array([0.05] * 3 + [0.3] * 3)
    assert ((low <= chunk.actions[0, :6]) & (chunk.actions[0, :6] <= high)).all()


def test_the_shipped_checkpoint_lists_its_instructions_and_knows_which_words_are_new():
    listed = Policy.load(SHIPPED_CHECKPOINT, device='cpu').trained_on
    assert len(listed) == 12
    assert not unfamiliar('put the knife on the red plate', listed)
    assert "'get'" in unfamiliar('get the carrot', listed)


def test_a_wide_image_is_cropped_to_the_aspect_ratio_of_training():
    policy = Policy.load(SHIPPED_CHECKPOINT, device='cpu')
    wide = np.random.default_rng(0).integers(0, 256, (72, 128, 3), dtype=np.uint8)
    texts = [
        policy.infer(Observation((picture,), 'pick up the carrot', 0.0)).text
        for picture in (wide, wide[:, 16:112])
    ]
    assert texts[0] == texts[1]


def test_the_shipped_checkpoint_is_below_40_mb():
    assert sum(path.stat().st_size for path in SHIPPED_CHECKPOINT.rglob('*')) < 40e6


def test_the_card_names_the_command_of_its_numbers():
    assert 'genvla eval rollouts' in CARD
    assert 'runs/training' in CARD


def test_the_module_prints_the_folder():
    printed = subprocess.run(
        [sys.executable, '-m', 'genvla_policy.shipped'], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == str(SHIPPED_CHECKPOINT)
