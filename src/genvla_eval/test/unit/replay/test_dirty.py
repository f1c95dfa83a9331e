# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bags as they come: cut off, late, jumping, with things missing."""

from __future__ import annotations

import shutil

import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from genvla_bags.asking import Frames, Reference
from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.recording import read_recording
from genvla_bags.topics import choose_topics
from genvla_eval.closed_loop.simulated_bag import IMAGES, PERIOD_S, START_S, BagWriter
from genvla_eval.replay.run import Candidate, Question, ask_bags
from genvla_eval.replay.summary import summarize_rows


@pytest.fixture
def replayed(shipped_policy):
    """Ask the shipped policy about a bag: its figures, and what was left out."""

    def ask(bag, **question):
        candidate = Candidate('tiny', shipped_policy, '')
        [described] = ask_bags([bag], [candidate], Question(**question))
        found = summarize_rows(candidate.rows, PERIOD_S)
        return found, ' | '.join(described['notices'])

    return ask


def written(tmp_path, steps, **options):
    """A bag that differs in these options."""
    return BagWriter(**options).write(tmp_path / 'bag', steps)


@pytest.mark.parametrize(
    'options',
    [
        {'storage': StoragePlugin.SQLITE3},
        {'storage': StoragePlugin.SQLITE3, 'compression': CompressionMode.MESSAGE},
        {'storage': StoragePlugin.SQLITE3, 'compression': CompressionMode.FILE},
        {'compression': CompressionMode.STORAGE},
    ],
    ids=['sqlite3', 'sqlite3, messages', 'sqlite3, file', 'mcap, chunks'],
)
def test_every_kind_of_bag_is_the_same_evaluation(replayed, tmp_path, steps, options):
    found, _ = replayed(written(tmp_path, steps, **options))
    assert found['text']['same_text_as_recorded'] == 1.0
    assert found['answers'] == len(steps)


def test_compressed_pictures_are_read(replayed, tmp_path, steps):
    found, _ = replayed(written(tmp_path, steps, jpeg=True))
    assert found['answers'] == len(steps)


def test_joint_states_that_begin_late_leave_the_first_moments_without_a_reference(
    replayed, tmp_path, steps
):
    bag = written(tmp_path, steps, with_chunks=False, joints_from=6)
    found, notices = replayed(bag)
    assert found['errors']['compared'] == len(steps) - 6 - 1
    assert 'begins 1.2 s after the first picture' in notices


def test_stamps_that_jump_are_not_believed(replayed, tmp_path, steps):
    bag = written(tmp_path, steps, with_chunks=False, stamp_offset_s={5: -3600.0})
    found, notices = replayed(bag)
    assert f'the stamps of {IMAGES} jump by 3600.0 s' in notices
    assert found['errors']['compared'] >= len(steps) - 2


def test_a_last_file_that_is_cut_off_is_left_out_and_named(replayed, tmp_path, steps):
    whole = written(tmp_path, steps)
    second = BagWriter().write(tmp_path / 'second', steps)
    broken = tmp_path / 'broken'
    broken.mkdir()
    shutil.copy(next(whole.glob('*.mcap')), broken / 'broken_0.mcap')
    data = next(second.glob('*.mcap')).read_bytes()
    (broken / 'broken_1.mcap').write_bytes(data[: len(data) // 2])
    found, notices = replayed(broken)
    assert found['answers'] == len(steps)
    assert 'broken_1.mcap is left out' in notices
    assert 'mcap recover' in notices


def test_a_bag_that_is_all_cut_off_is_refused(replayed, tmp_path, steps):
    bag = written(tmp_path, steps)
    file = next(bag.glob('*.mcap'))
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(BagError, match='mcap recover'):
        replayed(bag)


def test_a_folder_without_its_metadata_is_read_all_the_same(replayed, tmp_path, steps):
    """A recorder that was killed has not written it."""
    bag = written(tmp_path, steps)
    (bag / 'metadata.yaml').unlink()
    found, _ = replayed(bag)
    assert found['answers'] == len(steps)


def test_without_an_instruction_one_has_to_be_named(replayed, tmp_path, steps):
    bag = written(tmp_path, steps, with_chunks=False, with_instruction=False)
    with pytest.raises(BagError, match='--instruction'):
        replayed(bag)
    found, _ = replayed(bag, instruction='pick up the carrot')
    assert found['answers'] > 0


def test_two_cameras_and_a_policy_with_one_eye_ask_which(replayed, tmp_path, steps):
    bag = written(tmp_path, steps, second_camera_every=3)
    with pytest.raises(BagError, match='name them in its order by --images'):
        replayed(bag)
    found, _ = replayed(bag, images=(IMAGES,))
    assert found['text']['same_text_as_recorded'] == 1.0


def test_a_camera_that_is_not_in_the_bag_is_named(replayed, tmp_path, steps):
    with pytest.raises(BagError, match='/wrist/image_raw; it has: /camera/image_raw'):
        replayed(written(tmp_path, steps), images=('/wrist/image_raw',))


def test_without_joints_and_chunks_there_is_nothing_to_compare_with_but_it_answers(
    replayed, tmp_path, steps
):
    bag = written(tmp_path, steps, with_chunks=False, with_joints=False)
    found, _ = replayed(bag)
    assert found['errors']['compared'] == 0
    assert found['errors']['by_step'][0]['translation_mm'] is None
    assert found['safety']['changed_share'] is None


def test_chunks_of_another_control_rate_are_not_compared_with(replayed, tmp_path, steps):
    found, notices = replayed(written(tmp_path, steps, period_s=0.1))
    assert found['errors']['compared'] == 0
    assert f'{len(steps)} recorded chunks have other steps than of 0.2 s' in notices


@pytest.mark.parametrize(
    'offsets',
    [{n: -START_S - n * PERIOD_S for n in range(12)}, {n: -n * PERIOD_S for n in range(12)}],
)
def test_pictures_without_stamps_or_with_the_same_are_not_matched_to_chunks(
    replayed, tmp_path, steps, offsets
):
    """Every stamp nought, or every stamp the first one's: all would match the last chunk."""
    found, notices = replayed(written(tmp_path, steps, stamp_offset_s=offsets))
    assert f'the {len(steps)} recorded chunks answer cannot be told' not in notices
    assert '1 recorded chunks answer cannot be told' in notices
    assert found['text']['same_text_as_recorded'] is None


def test_a_clock_that_is_set_otherwise_is_noticed(replayed, tmp_path, steps):
    """The whole robot is an hour behind the recorder, which alone dates instructions."""
    bag = written(tmp_path, steps, with_chunks=False, stamp_offset_s={0: -3600.0})
    found, notices = replayed(bag)
    assert f'the stamps of {IMAGES} are 3600 s off the clock of the recorder' in notices
    assert found['answers'] == len(steps)


def test_chunks_are_compared_with_under_another_instruction_too(replayed, tmp_path, steps):
    found, _ = replayed(written(tmp_path, steps), instruction='pick up the knife')
    assert found['errors']['compared'] == len(steps)


def test_at_the_control_rate_it_is_compared_with_where_the_arm_went(replayed, tmp_path, steps):
    bag = written(tmp_path, steps)
    found, _ = replayed(bag, frames=Frames.RATE)
    assert found['errors']['compared'] == len(steps) - 1
    late = written(tmp_path / 'late', steps, chunks_from=6)
    found, notices = replayed(late, frames=Frames.RATE, reference=Reference.CHUNKS)
    assert found['errors']['compared'] == len(steps) - 6
    assert '6 pictures were answered by no recorded chunk' in notices


@pytest.mark.parametrize('asked', [{'frames': Frames.ANSWERED}, {'reference': Reference.CHUNKS}])
def test_chunks_that_are_not_there_cannot_be_asked_for(replayed, tmp_path, steps, asked):
    bag = written(tmp_path, steps, with_chunks=False)
    with pytest.raises(BagError, match='has no chunks whose pictures are in it'):
        replayed(bag, **asked)


def test_chunks_whose_picture_is_not_recorded_are_counted(replayed, tmp_path, steps):
    found, notices = replayed(written(tmp_path, steps, pictures_from=4))
    assert '4 recorded chunks answer pictures that are not in the bag' in notices
    assert found['answers'] == len(steps) - 4


def test_chunks_of_a_gamepad_answer_no_picture_and_nobody_complains(replayed, tmp_path, steps):
    found, notices = replayed(written(tmp_path, steps, teleoperated=True))
    assert 'recorded chunks' not in notices
    assert found['errors']['compared'] == len(steps) - 1


def test_a_camera_that_is_not_calibrated_is_said_and_nothing_is_drawn(replayed, tmp_path, steps):
    _, notices = replayed(written(tmp_path, steps, with_camera=True, calibrated=False))
    assert 'not calibrated' in notices


def test_an_instruction_that_was_noted_is_asked(tmp_path, steps):
    bag = written(
        tmp_path,
        steps,
        teleoperated=True,
        about={'instruction': 'tidy up', 'instruction_from': 'start'},
    )
    messages = BagMessages(bag)
    topics = choose_topics(messages.connections(), num_cameras=1)
    assert read_recording(messages, topics).instruction_at(START_S) == 'tidy up'


def test_parts_are_read_in_the_order_of_their_numbers(replayed, tmp_path, steps):
    """Without metadata: part 10 comes after part 9, and so does its instruction."""
    whole = tmp_path / 'parts'
    whole.mkdir()
    for name in ('parts_10', 'parts_9'):
        bag = BagWriter(storage=StoragePlugin.SQLITE3).write(tmp_path / name, steps)
        shutil.copy(next(bag.glob('*.db3')), whole / f'{name}.db3')
    assert [file.name for file in BagMessages(whole)._parts] == ['parts_9.db3', 'parts_10.db3']


def test_a_compressed_part_without_metadata_says_how_to_unpack_it(tmp_path, steps, replayed):
    bag = written(tmp_path, steps, storage=StoragePlugin.SQLITE3, compression=CompressionMode.FILE)
    (bag / 'metadata.yaml').unlink()
    with pytest.raises(BagError, match=r'unpacked: zstd -d bag\.db3\.zstd'):
        replayed(bag)


@pytest.mark.parametrize('storage', [StoragePlugin.SQLITE3, StoragePlugin.MCAP])
def test_a_file_that_is_damaged_inside_ends_there_and_is_named(replayed, tmp_path, steps, storage):
    compression = CompressionMode.STORAGE if storage is StoragePlugin.MCAP else None
    bag = written(tmp_path, steps, storage=storage, compression=compression)
    file = next(path for path in bag.iterdir() if path.suffix in ('.db3', '.mcap'))
    data = bytearray(file.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = bytes(reversed(data[third : 2 * third]))
    file.write_bytes(data)
    try:
        _, notices = replayed(bag)
    except BagError as error:
        notices = str(error)
    assert 'damaged' in notices or 'cannot be read' in notices


def test_a_bag_is_given_once(tmp_path, steps, shipped_policy):
    bag = written(tmp_path, steps)
    with pytest.raises(BagError, match='two bags are called'):
        ask_bags([bag, bag], [Candidate('tiny', shipped_policy, '')], Question())
