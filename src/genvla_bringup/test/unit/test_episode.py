# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from genvla_bringup.episode import (
    NotAnEpisode,
    active_interval,
    in_force,
    path_length,
    read_episode,
    read_frames,
)


def test_an_episode_is_the_time_in_which_the_policy_was_active(bag):
    episode = read_episode(bag)
    assert episode.start_s == pytest.approx(10.0)
    assert episode.duration_s == pytest.approx(10.0)


def test_only_what_happened_while_active_counts(bag):
    episode = read_episode(bag)
    assert len(episode.chunks) == 50
    assert len(episode.commanded.times_s) == 50


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


def test_a_chunk_without_a_command_has_no_command_latency(script):
    script.ten_seconds()
    script.chunk(19.95)
    script.close()
    assert len(read_episode(script.folder).chunk_to_command_ms) == 50


def test_the_last_diagnostics_of_each_node_are_kept(bag):
    assert read_episode(bag).diagnostics['policy'] == {
        'decode_failures': '0',
        'trained': 'false',
        'checkpoint': 'tiny',
    }


def test_a_halt_lasts_until_the_bridge_says_otherwise(script):
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


def test_the_gripper_opening_is_read_from_the_finger(bag):
    assert read_episode(bag).gripper.values[0] == pytest.approx([0.5])


def test_nobody_judged_a_run_without_a_simulator(bag):
    assert read_episode(bag).success is None


def test_what_was_lifted_is_told_by_instruction(script):
    script.ten_seconds()
    for time_s, thing in ((11.0, 'carrot'), (11.2, 'carrot'), (12.0, ''), (12.5, 'carrot')):
        script.lifted(time_s, thing)
    script.close()
    ((_, things), *_) = read_episode(script.folder).lifted_by_instruction
    assert things == ('carrot', 'carrot')


def test_a_task_that_was_done_once_is_a_success(script):
    script.ten_seconds()
    script.success(12.0, True)
    script.success(19.0, False)
    script.close()
    assert read_episode(script.folder).success is True


def test_what_was_done_before_the_policy_was_active_is_no_success(script):
    script.ten_seconds()
    script.success(9.0, True)
    script.success(19.0, False)
    script.close()
    assert read_episode(script.folder).success is False


def test_frames_come_in_order_with_their_pixels(bag):
    frames = list(read_frames(bag, 10.05, 10.65))
    assert [frame.pixels[0, 0, 0] for frame in frames] == [4, 8, 12]
    assert frames[0].pixels.shape == (48, 64, 3)


def test_a_picture_that_is_not_rgb_is_refused(script):
    script.image(1.0, 0, encoding='bayer')
    script.close()
    with pytest.raises(NotAnEpisode, match='bayer; expected rgb8'):
        list(read_frames(script.folder, 0.0, 2.0))


def test_a_bag_without_the_needed_topics_is_refused_with_what_it_holds(script):
    script.chunk(1.0)
    script.close()
    with pytest.raises(NotAnEpisode, match=r'no /vx300s/commands.*holds /action_chunk'):
        read_episode(script.folder)


def test_a_policy_that_was_never_active_is_no_episode():
    with pytest.raises(NotAnEpisode, match='never active'):
        active_interval([(1.0, 'inactive')], 5.0)


def test_an_activation_that_was_never_left_ends_with_the_bag():
    assert active_interval([(1.0, 'active')], 5.0) == (1.0, 5.0)


def test_the_last_of_several_activations_counts():
    transitions = [(1.0, 'active'), (2.0, 'inactive'), (3.0, 'active'), (4.0, 'deactivating')]
    assert active_interval(transitions, 9.0) == (3.0, 4.0)


def test_a_text_set_before_the_start_counts_from_the_start():
    texts = [(1.0, 'a'), (2.0, 'b'), (6.0, 'c'), (9.0, 'd')]
    assert in_force(texts, 5.0, 8.0) == ((5.0, 'b'), (6.0, 'c'))


def test_trembling_is_not_travel():
    points = np.array([[0.0, 0.0, 0.0], [0.0004, 0.0, 0.0]] * 100)
    assert path_length(points, 0.001) == 0.0


def test_slow_motion_is_travel():
    points = np.array([[0.0004 * index, 0.0, 0.0] for index in range(101)])
    assert path_length(points, 0.001) == pytest.approx(0.04, abs=0.001)


def test_an_empty_path_has_no_length():
    assert path_length(np.empty((0, 3)), 0.001) == 0.0
