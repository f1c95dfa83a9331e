# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re

import numpy as np
import pytest

from genvla_bringup.demo.episode_bag import read_episode, read_frames
from genvla_bringup.demo.figures import pick_evenly, with_gaps
from genvla_bringup.demo.report import render_report, strip_times
from genvla_bringup.demo.summary import summarize


def report_of(bag):
    episode = read_episode(bag)
    summary = summarize(episode, task='Pick<Carrot>', versions={'python': '3.12'})
    frames = read_frames(bag, episode.start_s, episode.end_s)
    return render_report(episode, summary, pick_evenly(frames, strip_times(episode)))


@pytest.fixture
def report(bag):
    return report_of(bag)


def test_the_report_needs_no_external_resources(report):
    sources = re.findall(r'(?:src|href)="(.{0,10})', report)
    assert set(sources) == {'data:image'}


def test_the_report_has_eight_camera_pictures_and_three_plots(report):
    assert report.count('data:image/jpeg') == 8
    assert report.count('data:image/png') == 3


def test_the_report_lists_every_decoded_string(report):
    assert report.count('0.5 0.0') == 50


def test_the_report_says_that_random_weights_are_random(report):
    assert 'weights of this checkpoint are random' in report


def test_the_report_says_when_and_why_the_arm_was_halted(script):
    script.ten_seconds()
    script.bridge(12.0, 'stopped: motor current too high: shoulder')
    script.close()
    text = ' '.join(report_of(script.folder).split())
    assert (
        'From 2.0 to 9.9 s the bridge executed nothing: stopped: motor current too high: shoulder<'
    ) in text


def test_a_report_of_a_run_without_halts_has_no_such_notice(report):
    assert 'executed nothing' not in report


def test_names_are_escaped(report):
    assert 'Pick&lt;Carrot&gt;' in report
    assert '<Carrot>' not in report


def test_a_line_breaks_where_nothing_was_recorded():
    times, values = with_gaps(np.array([0.0, 0.5, 3.0]), np.array([1.0, 2.0, 3.0]))
    assert np.isnan(times).tolist() == [False, False, True, False]
    assert values[-1] == 3.0
