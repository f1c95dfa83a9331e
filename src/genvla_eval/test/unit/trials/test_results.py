# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Stored results of trials."""

from __future__ import annotations

from itertools import pairwise

import pytest

from genvla_eval.trials.plan import Trial
from genvla_eval.trials.results import TrialResult, append_result, new_bag, read_results
from genvla_sim.tasks.rollout import Verdict


def test_every_bag_has_its_own_folder(tmp_path):
    trial = Trial(1, 'PickCarrot', 0, 'before')
    paths = []
    for _ in range(3):
        paths.append(new_bag(tmp_path, trial))
        paths[-1].mkdir()
    assert len(set(paths)) == 3
    assert all(first < second for first, second in pairwise(p.name for p in paths))


def test_a_verdict_is_written_as_text_and_read_back(tmp_path):
    append_result(tmp_path, TrialResult(1, 'PickCarrot', 0, 'a', Verdict.TIMEOUT, 1.0, '', ''))
    assert '"verdict": "timeout"' in (tmp_path / 'trials.jsonl').read_text()
    assert read_results(tmp_path)[0].verdict is Verdict.TIMEOUT


def test_an_unknown_verdict_counts_as_a_damaged_file(tmp_path):
    (tmp_path / 'trials.jsonl').write_text(
        '{"number": 1, "task": "", "repetition": 0, "checkpoint": "", "verdict": "perhaps", '
        '"duration_s": 1.0, "bag": "", "finished": ""}\n'
    )
    with pytest.raises(ValueError, match=r"damaged .*'perhaps'"):
        read_results(tmp_path)
