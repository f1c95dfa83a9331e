# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint's config, statistics, tokenizer, index and the headers of its weights."""

import numpy as np
from safetensors.numpy import save_file
from targets._folder import AttackedFolder

from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch
from genvla_policy.checkpoint.safetensors_folder import SafetensorsFolder, WeightsUnreadable
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint


def _write(folder):
    write_tiny_checkpoint(folder / 'tiny', tiny_config(), seed=0)
    (folder / 'small').mkdir()
    save_file({'weight': np.ones(3, np.float32)}, folder / 'small' / 'model.safetensors')
    return folder / 'tiny'


FOLDER = AttackedFolder(_write, longest=80_000)
SEEDS = FOLDER.seeds
EXPECTED = (CheckpointMismatch, WeightsUnreadable)


def attack(data):
    FOLDER.put(data)
    checkpoint = Checkpoint.open(FOLDER.path)
    checkpoint.tokenizer.encode('pick up the carrot')
    assert checkpoint.config.horizon >= 1
    small = FOLDER.path.parent / 'small'
    for name in (weights := SafetensorsFolder(small)).infos:
        assert weights.read(name).shape == weights.infos[name].shape
