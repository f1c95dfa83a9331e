# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The contents of a bag except its images, with late, missing and wrongly stamped messages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_bags.camera_view import CameraView
from genvla_bags.recording import instructions_in_force
from genvla_bags.step_bag import PERIOD_S, START_S
from genvla_bags.topics import IMAGES_TOPIC

CAMERA_T_BASE = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0.2], [1, 0, 0, 0.5], [0, 0, 0, 1]])
VIEW = CameraView(
    np.array([[30.0, 0, 15.5], [0, 30, 11.5], [0, 0, 1]]), CAMERA_T_BASE, width=32, height=24
)


def test_a_recording_contains_what_was_written(written, read, steps):
    recording = read(written()).recording
    assert recording.num_pictures == len(recording.chunks) == len(steps)
    assert recording.picture_period_s == pytest.approx(PERIOD_S)
    assert recording.instruction_at(START_S + 1.0) == 'pick up the carrot'
    np.testing.assert_allclose(recording.joints.q_NJ, [step.q for step in steps])
    openings = [step.opening for step in steps]
    np.testing.assert_allclose(recording.joints.openings_N, openings)
    np.testing.assert_allclose(recording.gripper.openings_N, openings)
    assert recording.deltas is None


def test_single_commands_are_read(written, read, steps):
    deltas = read(written(with_deltas=True)).recording.deltas
    np.testing.assert_array_equal(deltas.actions_NA, [step.chunk.actions[0] for step in steps])


def test_joint_states_that_begin_late_are_reported(written, read):
    found = read(written(with_chunks=False, joints_from=6))
    assert 'begins 1.2 s after the first image' in found.notices


def test_stamps_that_jump_are_not_used(written, read, steps):
    found = read(written(with_chunks=False, stamp_offset_s={5: -3600.0}))
    assert f'the stamps of {IMAGES_TOPIC} jump by 3600.0 s' in found.notices
    compared = [np.isfinite(each.reference_HA).all() for each in found.moments]
    assert sum(compared) >= len(steps) - 2


def test_a_clock_that_is_set_differently_is_reported(written, read, steps):
    """The clock of the robot is an hour behind that of the recorder, which dates instructions."""
    found = read(written(with_chunks=False, stamp_offset_s={0: -3600.0}))
    assert (
        f'the stamps of {IMAGES_TOPIC} are 3600 s off the clock of the recorder' in found.notices
    )
    assert len(found.moments) == len(steps)


@pytest.mark.parametrize(
    'offsets',
    [{n: -START_S - n * PERIOD_S for n in range(12)}, {n: -n * PERIOD_S for n in range(12)}],
    ids=['no stamps', 'the same stamp'],
)
def test_images_without_stamps_or_with_equal_stamps_are_not_matched_to_chunks(
    written, read, steps, offsets
):
    """All stamps are zero or equal, so every image would match the last chunk."""
    found = read(written(stamp_offset_s=offsets))
    assert f'{len(steps)} recorded chunks cannot be matched to images' not in found.notices
    assert '1 recorded chunks cannot be matched to images' in found.notices
    assert not any(each.recorded_text for each in found.moments)


def test_chunks_whose_image_is_not_recorded_are_counted(written, read, steps):
    found = read(written(pictures_from=4))
    assert (
        '4 recorded chunks are skipped: they answer images that are not in the bag'
        in found.notices
    )
    assert len(found.moments) == len(steps) - 4


def test_the_view_of_the_first_camera_is_read_from_the_bag(written, read):
    recording = read(written(camera=VIEW)).recording
    np.testing.assert_allclose(recording.view.camera_T_base, VIEW.camera_T_base, atol=1e-12)
    np.testing.assert_array_equal(recording.view.intrinsics, VIEW.intrinsics)
    assert (recording.view.width, recording.view.height) == (32, 24)
    assert recording.why_no_view == ''


def test_an_uncalibrated_camera_is_reported(written, read):
    found = read(written(camera=replace(VIEW, intrinsics=np.zeros((3, 3)))))
    assert found.recording.view is None
    assert 'not calibrated' in found.notices


def test_without_camera_info_the_view_is_unknown(written, read):
    assert 'no camera_info of the first camera' in read(written()).notices


@pytest.mark.parametrize(
    ('noted', 'expected'),
    [
        ({}, 'heard'),
        ({'instruction': 'tidy up', 'instruction_from': 'start'}, 'tidy up'),
        ({'instruction': 'tidy up'}, 'tidy up'),
        ({'instruction': 'heard', 'instruction_from': 'policy/instruction'}, 'heard'),
    ],
)
def test_an_instruction_that_was_set_at_the_start_takes_precedence(noted, expected):
    [(_, text)] = instructions_in_force([(5.0, 'heard')], noted)
    assert text == expected


def test_an_instruction_in_the_custom_data_is_in_force_from_the_start(written, read):
    about = {'instruction': 'tidy up', 'instruction_from': 'start'}
    recording = read(written(teleoperated=True, about=about)).recording
    assert recording.instruction_at(START_S) == 'tidy up'
