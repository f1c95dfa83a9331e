# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How many steps a number of passes over the robot data is.

A batch counts whole, with its vision-language samples. So a run whose batches are half
vision-language data draws every robot sample passes / 2 times on average. That is how the paper's
authors count the ten passes in which their cosine ends.

Source: akshaygopalkr/vla-plus, prismatic/training/strategies/fsdp.py, run_setup().
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from genvla_training.data.mixture import Part
from genvla_training.run.config import TrainConfig
from genvla_training.run.run_data import RunData


def with_steps(config: TrainConfig, data: RunData) -> TrainConfig:
    """Return the configuration with its passes as steps."""
    if not config.passes:
        return config
    # Without robot data, passes are refused: the first part is the robot's.
    batches = ceil(samples_of_a_pass(data.parts[0]) / config.batch_size)
    return replace(config, steps=max(1, round(config.passes * batches)), passes=0.0)


def samples_of_a_pass(part: Part) -> float:
    """Return how many samples of a mixture have to be drawn to go through each data set once.

    The data set that is drawn the least for its size decides; more is drawn of the others.
    """
    total = sum(part.weights)
    return max(
        float(source.lengths_E.sum()) * total / weight
        for source, weight in zip(part.sources, part.weights, strict=True)
    )
