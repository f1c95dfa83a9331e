# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The images that are answered, and the reference of each answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genvla_bags.asking import Frames, Reference
from genvla_bags.bag_messages import BagError
from genvla_bags.step_bag import START_S
from genvla_bags.topics import IMAGES_TOPIC
from genvla_viperx.arm.kinematics import forward


def references(found):
    """Return the reference of each moment, (N, 7)."""
    return np.concatenate([moment.reference_HA for moment in found.moments])


def num_compared(found):
    return int(np.isfinite(references(found)).all(axis=1).sum())


def test_an_answered_image_is_compared_with_its_chunk(written, read, steps):
    found = read(written())
    np.testing.assert_array_equal(references(found), [step.chunk.actions[0] for step in steps])
    first = found.moments[0]
    assert (first.time_s, first.instruction) == (START_S, 'pick up the carrot')
    np.testing.assert_allclose(first.q, steps[0].q)


def test_without_chunks_the_reference_is_the_measured_motion(written, read, steps):
    found = read(written(with_chunks=False))
    # No pose follows the last image.
    assert num_compared(found) == len(steps) - 1
    moved = forward(steps[1].q)[:3, 3] - forward(steps[0].q)[:3, 3]
    np.testing.assert_allclose(references(found)[0, :3], moved, atol=1e-12)
    assert references(found)[0, 6] == pytest.approx(steps[1].opening)


def test_recorded_single_commands_are_the_reference(written, read, steps):
    found = read(written(with_chunks=False, with_deltas=True))
    np.testing.assert_array_equal(references(found), [step.chunk.actions[0] for step in steps])


def test_compressed_images_are_read(written, read, steps):
    found = read(written(jpeg=True))
    assert [each.images[0].shape for each in found.moments] == [(24, 32, 3)] * len(steps)


def test_joint_states_that_begin_late_leave_the_first_moments_without_a_reference(
    written, read, steps
):
    assert num_compared(read(written(with_chunks=False, joints_from=6))) == len(steps) - 6 - 1


def test_a_bag_without_an_instruction_needs_one_from_the_options(written, read, steps):
    bag = written(with_chunks=False, with_instruction=False)
    found = read(bag)
    assert found.moments == []
    assert '12 images came before any instruction; give one with --instruction' in found.notices
    assert len(read(bag, instruction='pick up the carrot').moments) == len(steps)


def test_one_of_two_cameras_can_be_selected(written, read, steps):
    bag = written(second_camera_every=3)
    with pytest.raises(BagError, match='list topics with --images, in the order of the policy'):
        read(bag)
    assert len(read(bag, images=(IMAGES_TOPIC,)).moments) == len(steps)


def test_without_joints_and_chunks_there_is_no_reference(written, read, steps):
    found = read(written(with_chunks=False, with_joints=False))
    assert len(found.moments) == len(steps)
    assert num_compared(found) == 0


def test_chunks_of_another_control_rate_are_not_a_reference(written, read, steps):
    quick = [replace(step, chunk=replace(step.chunk, step_period_s=0.1)) for step in steps]
    found = read(written(steps=quick))
    assert num_compared(found) == 0
    assert (
        f'{len(steps)} recorded chunks are not compared: their steps do not last 0.2 s'
        in found.notices
    )


def test_chunks_are_a_reference_under_another_instruction_too(written, read, steps):
    found = read(written(), instruction='pick up the knife')
    assert num_compared(found) == len(steps)
    assert {moment.instruction for moment in found.moments} == {'pick up the knife'}


def test_at_the_control_rate_the_reference_is_the_measured_motion(written, read, steps):
    assert num_compared(read(written(), frames=Frames.RATE)) == len(steps) - 1


def test_images_that_no_chunk_answers_are_not_compared_with_chunks(written, read, steps):
    late = [replace(step, chunk=None) for step in steps[:6]] + steps[6:]
    found = read(written(steps=late), frames=Frames.RATE, reference=Reference.CHUNKS)
    assert num_compared(found) == len(steps) - 6
    assert '6 images are not compared: no recorded chunk answers them' in found.notices


@pytest.mark.parametrize('asked', [{'frames': Frames.ANSWERED}, {'reference': Reference.CHUNKS}])
def test_options_that_need_chunks_are_rejected_without_chunks(written, read, asked):
    with pytest.raises(BagError, match='has no chunks whose images it contains'):
        read(written(with_chunks=False), **asked)


def test_options_that_need_commands_are_rejected_without_commands(written, read):
    with pytest.raises(BagError, match='has no EndEffectorDelta'):
        read(written(), reference=Reference.DELTAS)


def test_chunks_of_a_gamepad_answer_no_image_and_give_no_notice(written, read, steps):
    found = read(written(teleoperated=True))
    assert 'recorded chunks' not in found.notices
    assert num_compared(found) == len(steps) - 1
