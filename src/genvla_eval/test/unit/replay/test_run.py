# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking a policy about bags that have things missing."""

from __future__ import annotations

import pytest

from genvla_bags.bag_messages import BagError
from genvla_bags.step_bag import PERIOD_S, StepBag
from genvla_bags.topics import IMAGES_TOPIC
from genvla_eval.replay.run import Candidate, ask_bags
from genvla_eval.replay.summary import summarize_rows


@pytest.fixture
def replayed(shipped_policy, tmp_path, steps):
    """A function that asks the shipped policy about a bag: its figures, and what was left out."""

    def ask(writer, **question):
        candidate = Candidate('tiny', shipped_policy, '')
        bag = writer.write(tmp_path / 'bag', steps)
        [described] = ask_bags([bag], [candidate], **question)
        found = summarize_rows(candidate.rows, PERIOD_S)
        return found, ' | '.join(described['notices'])

    return ask


def test_nothing_can_be_asked_without_an_instruction(replayed):
    with pytest.raises(BagError, match='--instruction'):
        replayed(StepBag(with_chunks=False, with_instruction=False))


def test_an_instruction_that_is_named_is_asked(replayed):
    writer = StepBag(with_chunks=False, with_instruction=False)
    found, _ = replayed(writer, instruction='pick up the carrot')
    assert found['answers'] > 0


def test_the_camera_that_is_named_is_asked_about(replayed):
    found, _ = replayed(StepBag(second_camera_every=3), images=(IMAGES_TOPIC,))
    assert found['text']['same_text_as_recorded'] == 1.0


def test_without_joints_and_chunks_there_is_nothing_to_compare_with_but_it_answers(replayed):
    found, _ = replayed(StepBag(with_chunks=False, with_joints=False))
    assert found['errors']['compared'] == 0
    assert found['errors']['by_step'][0]['translation_mm'] is None
    assert found['safety']['changed_share'] is None


def test_what_was_left_out_of_a_bag_is_described(replayed, steps):
    found, notices = replayed(StepBag(pictures_from=4))
    assert found['answers'] == len(steps) - 4
    assert '4 recorded chunks answer pictures that are not in the bag' in notices


def test_a_bag_is_given_once(tmp_path, steps, shipped_policy):
    bag = StepBag().write(tmp_path / 'bag', steps)
    with pytest.raises(BagError, match='two bags are called'):
        ask_bags([bag, bag], [Candidate('tiny', shipped_policy, '')])
