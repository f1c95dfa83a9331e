# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from genvla_bringup.demo.episode import NotAnEpisode
from genvla_bringup.demo.episode_bag import read_episode
from genvla_bringup.demo.summary import percentiles, summarize


def test_the_summary_matches_the_bag(bag):
    assert summarize(read_episode(bag), task='PickCarrot', versions={'python': '3.12'}) == {
        'task': 'PickCarrot',
        'duration_s': 10.0,
        'chunks': 50,
        'commands': 50,
        'decode_failures': 0,
        'safety_interventions': {'step_clip': 3, 'workspace': 0},
        'stopped_s': 0.0,
        'ee_travel_m': 0.49,
        'instruction_changes': 1,
        'trained': False,
        'checkpoint': 'tiny',
        'success': None,
        'lifted': [
            {'instruction': 'pick up the carrot', 'objects': []},
            {'instruction': 'put the carrot on the plate', 'objects': []},
        ],
        'latency_ms': {
            'inference': {'p50': 80.0, 'p95': 80.0},
            'image_to_chunk': {'p50': 100.0, 'p95': 100.0},
            'image_to_command': {'p50': None, 'p95': None},
            'chunk_to_command': {'p50': 4.0, 'p95': 4.0},
        },
        'versions': {'python': '3.12'},
    }


def test_a_run_without_diagnostics_is_refused(script):
    script.ten_seconds(diagnostics=False)
    script.close()
    with pytest.raises(NotAnEpisode, match='no diagnostics of policy'):
        summarize(read_episode(script.folder), task='PickCarrot', versions={})


def test_no_samples_have_no_percentiles():
    assert percentiles(np.array([])) == {'p50': None, 'p95': None}
