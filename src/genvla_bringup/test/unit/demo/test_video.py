# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import av
import numpy as np
import pytest

from genvla_bringup.demo.episode import Frame, NotAnEpisode
from genvla_bringup.demo.episode_bag import read_episode, read_frames
from genvla_bringup.demo.video import at_constant_rate, with_band, write_video


def frame(time_s, grey=0):
    return Frame(time_s, np.full((48, 64, 3), grey, dtype=np.uint8))


def test_the_video_lasts_as_long_as_the_episode(bag, tmp_path):
    episode = read_episode(bag)
    frames = read_frames(bag, episode.start_s, episode.end_s)
    write_video(episode, frames, tmp_path / 'episode.mp4')
    with av.open(str(tmp_path / 'episode.mp4')) as container:
        assert container.duration / av.time_base == pytest.approx(10.0, abs=0.2)


def test_an_episode_without_pictures_is_refused(bag, tmp_path):
    with pytest.raises(NotAnEpisode, match='no camera images'):
        write_video(read_episode(bag), [], tmp_path / 'episode.mp4')


def test_the_newest_frame_is_shown_at_each_tick():
    frames = [frame(0.0, 1), frame(0.05, 2), frame(0.19, 3)]
    shown = [f.pixels[0, 0, 0] for _, f in at_constant_rate(frames, 0.0, 0.4)]
    assert shown == [1, 2, 3, 3]


def test_nothing_is_shown_before_the_first_frame():
    assert [t for t, _ in at_constant_rate([frame(0.25)], 0.0, 0.4)] == pytest.approx([0.3])


def test_the_picture_is_left_as_it_is_above_the_band(bag):
    picture = with_band(frame(0.0, 7).pixels, read_episode(bag), 12.0)
    assert (picture[:48] == 7).all()
    assert picture.shape == (48 + 84, 64, 3)


def test_odd_sizes_are_cut_to_even_ones(bag):
    pixels = np.zeros((49, 65, 3), dtype=np.uint8)
    assert with_band(pixels, read_episode(bag), 12.0).shape == (48 + 84, 64, 3)
