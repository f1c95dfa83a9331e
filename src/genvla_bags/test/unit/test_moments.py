# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Which pictures are asked about, and what the answers are compared with."""

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
    """What each moment is compared with (N, 7)."""
    return np.concatenate([moment.reference_HA for moment in found.moments])


def num_compared(found):
    return int(np.isfinite(references(found)).all(axis=1).sum())


def test_a_picture_that_was_answered_is_compared_with_its_chunk(written, read, steps):
    found = read(written())
    np.testing.assert_array_equal(references(found), [step.chunk.actions[0] for step in steps])
    first = found.moments[0]
    assert (first.time_s, first.instruction) == (START_S, 'pick up the carrot')
    np.testing.assert_allclose(first.q, steps[0].q)


def test_without_chunks_it_is_compared_with_where_the_arm_went(written, read, steps):
    found = read(written(with_chunks=False))
    # The last picture has nothing after it.
    assert num_compared(found) == len(steps) - 1
    moved = forward(steps[1].q)[:3, 3] - forward(steps[0].q)[:3, 3]
    np.testing.assert_allclose(references(found)[0, :3], moved, atol=1e-12)
    assert references(found)[0, 6] == pytest.approx(steps[1].opening)


def test_single_commands_are_what_it_is_compared_with(written, read, steps):
    found = read(written(with_chunks=False, with_deltas=True))
    np.testing.assert_array_equal(references(found), [step.chunk.actions[0] for step in steps])


def test_compressed_pictures_are_read(written, read, steps):
    found = read(written(jpeg=True))
    assert [each.images[0].shape for each in found.moments] == [(24, 32, 3)] * len(steps)


def test_joint_states_that_begin_late_leave_the_first_moments_without_a_reference(
    written, read, steps
):
    assert num_compared(read(written(with_chunks=False, joints_from=6))) == len(steps) - 6 - 1


def test_without_an_instruction_one_has_to_be_named(written, read, steps):
    bag = written(with_chunks=False, with_instruction=False)
    found = read(bag)
    assert found.moments == []
    assert '12 pictures came before any instruction; name one by --instruction' in found.notices
    assert len(read(bag, instruction='pick up the carrot').moments) == len(steps)


def test_one_of_two_cameras_can_be_asked_for(written, read, steps):
    bag = written(second_camera_every=3)
    with pytest.raises(BagError, match='name them in its order by --images'):
        read(bag)
    assert len(read(bag, images=(IMAGES_TOPIC,)).moments) == len(steps)


def test_without_joints_and_chunks_there_is_nothing_to_compare_with(written, read, steps):
    found = read(written(with_chunks=False, with_joints=False))
    assert len(found.moments) == len(steps)
    assert num_compared(found) == 0


def test_chunks_of_another_control_rate_are_not_compared_with(written, read, steps):
    quick = [replace(step, chunk=replace(step.chunk, step_period_s=0.1)) for step in steps]
    found = read(written(steps=quick))
    assert num_compared(found) == 0
    assert f'{len(steps)} recorded chunks have other steps than of 0.2 s' in found.notices


def test_chunks_are_compared_with_under_another_instruction_too(written, read, steps):
    found = read(written(), instruction='pick up the knife')
    assert num_compared(found) == len(steps)
    assert {moment.instruction for moment in found.moments} == {'pick up the knife'}


def test_at_the_control_rate_it_is_compared_with_where_the_arm_went(written, read, steps):
    assert num_compared(read(written(), frames=Frames.RATE)) == len(steps) - 1


def test_pictures_that_no_chunk_answers_are_not_compared_with_chunks(written, read, steps):
    late = [replace(step, chunk=None) for step in steps[:6]] + steps[6:]
    found = read(written(steps=late), frames=Frames.RATE, reference=Reference.CHUNKS)
    assert num_compared(found) == len(steps) - 6
    assert '6 pictures were answered by no recorded chunk' in found.notices


@pytest.mark.parametrize('asked', [{'frames': Frames.ANSWERED}, {'reference': Reference.CHUNKS}])
def test_chunks_that_are_not_there_cannot_be_asked_for(written, read, asked):
    with pytest.raises(BagError, match='has no chunks whose pictures are in it'):
        read(written(with_chunks=False), **asked)


def test_commands_that_are_not_there_cannot_be_asked_for(written, read):
    with pytest.raises(BagError, match='has no EndEffectorDelta'):
        read(written(), reference=Reference.DELTAS)


def test_chunks_of_a_gamepad_answer_no_picture_and_nobody_complains(written, read, steps):
    found = read(written(teleoperated=True))
    assert 'recorded chunks' not in found.notices
    assert num_compared(found) == len(steps) - 1
