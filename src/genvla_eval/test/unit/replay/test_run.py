# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Replay of incomplete bags."""

from __future__ import annotations

import pytest

from genvla_bags.bag_messages import BagError
from genvla_bags.step_bag import PERIOD_S, StepBag
from genvla_bags.topics import IMAGES_TOPIC
from genvla_eval.replay.run import Candidate, ask_bags
from genvla_eval.replay.summary import summarize_rows


@pytest.fixture
def replayed(shipped_policy, tmp_path, steps):
    """A function that replays a bag to the shipped policy and returns its metrics and notices."""

    def ask(writer, **question):
        candidate = Candidate('tiny', shipped_policy, '')
        bag = writer.write(tmp_path / 'bag', steps)
        [described] = ask_bags([bag], [candidate], **question)
        found = summarize_rows(candidate.rows, PERIOD_S)
        return found, ' | '.join(described['notices'])

    return ask


def test_a_bag_without_an_instruction_is_refused(replayed):
    with pytest.raises(BagError, match='--instruction'):
        replayed(StepBag(with_chunks=False, with_instruction=False))


def test_a_given_instruction_is_used(replayed):
    writer = StepBag(with_chunks=False, with_instruction=False)
    found, _ = replayed(writer, instruction='pick up the carrot')
    assert found['answers'] > 0


def test_a_given_camera_is_used(replayed):
    found, _ = replayed(StepBag(second_camera_every=3), images=(IMAGES_TOPIC,))
    assert found['text']['same_text_as_recorded'] == 1.0


def test_without_joints_and_chunks_the_policy_answers_without_a_comparison(replayed):
    found, _ = replayed(StepBag(with_chunks=False, with_joints=False))
    assert found['errors']['compared'] == 0
    assert found['errors']['by_step'][0]['translation_mm'] is None
    assert found['safety']['changed_share'] is None


def test_skipped_chunks_of_a_bag_are_reported(replayed, steps):
    found, notices = replayed(StepBag(pictures_from=4))
    assert found['answers'] == len(steps) - 4
    assert '4 recorded chunks are skipped: they answer images that are not in the bag' in notices


def test_the_same_bag_given_twice_is_refused(tmp_path, steps, shipped_policy):
    bag = StepBag().write(tmp_path / 'bag', steps)
    with pytest.raises(BagError, match='two bags are called'):
        ask_bags([bag, bag], [Candidate('tiny', shipped_policy, '')])
