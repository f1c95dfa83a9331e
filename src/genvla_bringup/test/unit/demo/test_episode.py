# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from genvla_bringup.demo.episode import path_length
from genvla_bringup.demo.episode_bag import read_episode


def test_travel_is_the_length_of_the_measured_path(bag):
    assert read_episode(bag).ee_travel_m == pytest.approx(0.49)


def test_instruction_changes_are_counted(bag):
    episode = read_episode(bag)
    assert episode.instruction_changes == 1
    assert [text for _, text in episode.instructions] == [
        'pick up the carrot',
        'put the carrot on the plate',
    ]


def test_latencies_are_measured_from_arrival_times(bag):
    episode = read_episode(bag)
    assert episode.inference_ms == pytest.approx(np.full(50, 80.0))
    assert episode.image_to_chunk_ms == pytest.approx(np.full(50, 100.0), abs=1e-3)
    assert episode.chunk_to_command_ms == pytest.approx(np.full(50, 4.0), abs=1e-3)


def test_the_first_step_that_an_image_decides_is_the_first_that_was_not_committed(script):
    script.ten_seconds()
    script.chunk(19.5, sequence=900, age_s=0.1, num_committed=2)
    for step in range(4):
        script.executed(19.4 + 0.2 * step, sequence=900, step=step)
    script.close()
    assert read_episode(script.folder).image_to_command_ms == pytest.approx([400.0], abs=1e-3)


def test_a_chunk_without_a_command_has_no_command_latency(script):
    script.ten_seconds()
    script.chunk(19.95)
    script.close()
    assert len(read_episode(script.folder).chunk_to_command_ms) == 50


def test_a_halt_lasts_until_the_status_of_the_bridge_changes(script):
    script.ten_seconds()
    for time_s, status in (
        (9.0, 'holding'),
        (12.0, 'stopped: shoulder'),
        (13.0, 'stopped: shoulder'),
        (14.0, 'executing'),
        (19.0, 'faulted: silent'),
    ):
        script.bridge(time_s, status)
    script.close()
    episode = read_episode(script.folder)
    assert [(halt.start_s, halt.end_s, halt.status) for halt in episode.halts] == [
        (pytest.approx(12.0), pytest.approx(14.0), 'stopped: shoulder'),
        (pytest.approx(19.0), pytest.approx(19.9), 'faulted: silent'),
    ]
    assert episode.stopped_s == pytest.approx(2.9)


def test_a_halt_may_last_to_the_end(script):
    script.ten_seconds()
    script.bridge(19.95, 'stopped: shoulder')
    script.close()
    assert read_episode(script.folder).stopped_s == pytest.approx(0.05)


def test_lifted_objects_are_grouped_by_instruction(script):
    script.ten_seconds()
    for time_s, thing in ((11.0, 'carrot'), (11.2, 'carrot'), (12.0, ''), (12.5, 'carrot')):
        script.lifted(time_s, thing)
    script.close()
    ((_, things), *_) = read_episode(script.folder).lifted_by_instruction
    assert things == ('carrot', 'carrot')


def test_trembling_is_not_travel():
    points = np.array([[0.0, 0.0, 0.0], [0.0004, 0.0, 0.0]] * 100)
    assert path_length(points, 0.001) == 0.0


def test_slow_motion_is_travel():
    points = np.array([[0.0004 * index, 0.0, 0.0] for index in range(101)])
    assert path_length(points, 0.001) == pytest.approx(0.04, abs=0.001)


def test_an_empty_path_has_no_length():
    assert path_length(np.empty((0, 3)), 0.001) == 0.0
