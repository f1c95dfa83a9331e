# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of the trials: random, but the same for the same protocol."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genvla_eval.trials.protocol import Protocol


@dataclass(frozen=True)
class Trial:
    """One attempt of one checkpoint at one task.

    Attributes:
        number: Number in the session, from 1.
        task: Name of the task.
        repetition: Number from 0; trials of one task and repetition have the same setup and form a
            pair.
        checkpoint: Name of the checkpoint, hidden from the operator.
    """

    number: int
    task: str
    repetition: int
    checkpoint: str


def trial_order(protocol: Protocol) -> list[Trial]:
    """Return every trial: repetition by repetition, with tasks and checkpoints shuffled within.

    All checkpoints run on a setup before the next one is arranged, so that they meet the same
    setup. A session that ends early has then tried all checkpoints equally often, except on the
    last setup.
    """
    rng = np.random.default_rng(protocol.seed)
    tasks = [task.name for task in protocol.tasks]
    names = list(protocol.checkpoints)
    order = [
        (task, repetition, name)
        for repetition in range(protocol.trials)
        for task in rng.permutation(tasks).tolist()
        for name in rng.permutation(names).tolist()
    ]
    return [Trial(number, *each) for number, each in enumerate(order, start=1)]
