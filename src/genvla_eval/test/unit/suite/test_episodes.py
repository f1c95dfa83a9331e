# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Episodes of a cell."""

from __future__ import annotations

from dataclasses import replace

from genvla_eval.suite.cells import Cell
from genvla_eval.suite.command import append
from genvla_eval.suite.episodes import Job, play
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.tasks.rollout import Verdict

CARROT = Cell('visual_matching', 'PickCarrot', 'nothing')


def test_the_shipped_policy_lifts_the_carrot_and_episodes_are_reproducible():
    job = Job(CARROT, (0, 1), SHIPPED_CHECKPOINT)
    first = [each.outcome for each in play(job)]
    assert sum(outcome.success for outcome in first) >= 1
    assert [each.outcome for each in play(replace(job, numbers=(1,)))] == first[1:]


def test_a_failure_has_a_kind_and_images(tmp_path):
    write_tiny_checkpoint(tmp_path / 'random', tiny_config(), seed=0)
    [played] = play(Job(CARROT, (0,), tmp_path / 'random'))
    assert not played.outcome.success
    assert played.outcome.failure is Verdict.NEVER_REACHED
    assert played.strip.shape == (6, 120, 160, 3)
    append(tmp_path, [played])
    assert (tmp_path / 'failures' / 'PickCarrot nothing.png').exists()
