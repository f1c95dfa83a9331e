# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert passes over the robot data to steps.

A batch counts in full, including its vision-language samples. A run with half vision-language data
therefore draws every robot sample passes / 2 times on average. The paper's authors count the ten
passes of their cosine in the same way.

Source: akshaygopalkr/vla-plus, prismatic/training/strategies/fsdp.py, run_setup().
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from genvla_training.data.mixture import Part
from genvla_training.run.config import TrainConfig
from genvla_training.run.run_data import RunData


def with_steps(config: TrainConfig, data: RunData) -> TrainConfig:
    """Return the configuration with its passes converted to steps."""
    if not config.passes:
        return config
    # TrainConfig rejects passes without robot data, so the first part is the robot's.
    batches = ceil(samples_of_a_pass(data.parts[0]) / config.batch_size)
    return replace(config, steps=max(1, round(config.passes * batches)), passes=0.0)


def samples_of_a_pass(part: Part) -> float:
    """Return the number of samples of a mixture that draws every data set at least once.

    The data set with the lowest weight for its size determines it; the others are drawn more
    often.
    """
    total = sum(part.weights)
    return max(
        float(source.lengths_E.sum()) * total / weight
        for source, weight in zip(part.sources, part.weights, strict=True)
    )
