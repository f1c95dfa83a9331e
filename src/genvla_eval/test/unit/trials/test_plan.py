# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The order of the trials."""

from __future__ import annotations

from genvla_eval.trials.plan import trial_order
from genvla_eval.trials.protocol import Protocol, Setup, Task

CARROT = Task('PickCarrot', 'pick up the carrot', (Setup('left'), Setup('right')))


KNIFE = Task('PickKnife', 'pick up the knife', (Setup('anywhere'),))


def protocol(tmp_path, **changes):
    """Return a protocol with two tasks and two checkpoint names without folders."""
    folders = {'before': tmp_path / 'a', 'after': tmp_path / 'b'}
    given = {'tasks': (CARROT, KNIFE), 'checkpoints': folders, 'trials': 10, **changes}
    return Protocol(**given)


def test_every_setup_is_tried_with_all_checkpoints_in_sequence(tmp_path):
    order = trial_order(protocol(tmp_path))
    assert [trial.number for trial in order] == list(range(1, 41))
    pairs = list(zip(order[::2], order[1::2], strict=True))
    for first, second in pairs:
        assert (first.task, first.repetition) == (second.task, second.repetition)
        assert {first.checkpoint, second.checkpoint} == {'before', 'after'}
    assert len({(first.task, first.repetition) for first, _ in pairs}) == 20
    # Random: neither checkpoint is always first, and neither task.
    assert 3 < sum(first.checkpoint == 'before' for first, _ in pairs) < 17
    assert {first.task for first, _ in pairs[::2]} == {'PickCarrot', 'PickKnife'}


def test_the_seed_determines_the_order(tmp_path):
    assert trial_order(protocol(tmp_path)) == trial_order(protocol(tmp_path))
    assert trial_order(protocol(tmp_path)) != trial_order(protocol(tmp_path, seed=1))
