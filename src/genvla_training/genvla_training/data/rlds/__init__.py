# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""RLDS data sets as TFDS stores them, read without TensorFlow."""

from genvla_training.data.rlds.dataset import open_rlds
from genvla_training.data.rlds.transforms import RECIPES, Recipe

__all__ = ['RECIPES', 'Recipe', 'open_rlds']
