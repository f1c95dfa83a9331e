# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from genvla_bringup.demo.episode import NotAnEpisode
from genvla_bringup.demo.episode_bag import active_interval, in_force, read_episode, read_frames
from genvla_policy.images.camera_image import ImageConversionError


def test_an_episode_is_the_time_in_which_the_policy_was_active(bag):
    episode = read_episode(bag)
    assert episode.start_s == pytest.approx(10.0)
    assert episode.duration_s == pytest.approx(10.0)


def test_only_what_happened_while_active_counts(bag):
    episode = read_episode(bag)
    assert len(episode.chunks) == 50
    assert len(episode.commanded.times_s) == 50


def test_the_last_diagnostics_of_each_node_are_kept(bag):
    assert read_episode(bag).diagnostics['policy'] == {
        'decode_failures': '0',
        'trained': 'false',
        'checkpoint': 'tiny',
    }


def test_the_gripper_opening_is_read_from_the_finger(bag):
    assert read_episode(bag).gripper.values[0] == pytest.approx([0.5])


def test_a_run_without_a_simulator_has_no_verdict(bag):
    assert read_episode(bag).success is None


def test_a_task_that_was_done_once_is_a_success(script):
    script.ten_seconds()
    script.success(12.0, True)
    script.success(19.0, False)
    script.close()
    assert read_episode(script.folder).success is True


def test_a_task_done_before_the_policy_was_active_is_no_success(script):
    script.ten_seconds()
    script.success(9.0, True)
    script.success(19.0, False)
    script.close()
    assert read_episode(script.folder).success is False


def test_frames_come_in_order_with_their_pixels(bag):
    frames = list(read_frames(bag, 10.05, 10.65))
    assert [frame.pixels[0, 0, 0] for frame in frames] == [4, 8, 12]
    assert frames[0].pixels.shape == (48, 64, 3)


def test_a_picture_of_an_unknown_encoding_is_refused(script):
    script.image(1.0, 0, encoding='bayer')
    script.close()
    with pytest.raises(ImageConversionError, match="encoding 'bayer' is not supported"):
        list(read_frames(script.folder, 0.0, 2.0))


def test_a_bag_without_the_needed_topics_is_refused_and_its_topics_named(script):
    script.chunk(1.0)
    script.close()
    with pytest.raises(NotAnEpisode, match=r'no /vx300s/commands.*contains /action_chunk'):
        read_episode(script.folder)


def test_a_bag_in_which_the_policy_was_never_active_is_no_episode():
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
