# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""RLDS data sets as TFDS stores them, read without TensorFlow. Read `dataset` first."""

from genvla_training.data.rlds.dataset import open_rlds
from genvla_training.data.rlds.mixtures import OXE_MIXTURES
from genvla_training.data.rlds.transforms import TRANSFORMS, RldsTransform

__all__ = ['OXE_MIXTURES', 'TRANSFORMS', 'RldsTransform', 'open_rlds']
