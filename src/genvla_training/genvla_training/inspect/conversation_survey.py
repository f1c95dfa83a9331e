# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Survey a random sample of the conversations in a vision-language data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from genvla_training.data.conversation import Conversation, VisionLanguageDataset
from genvla_training.data.episode import BadData


@dataclass(frozen=True, eq=False)
class ConversationSurvey:
    """Results of a survey.

    Attributes:
        name: Name of the data set.
        count: Number of conversations in the data set.
        turn_counts: Number of turns of each conversation that was read.
        question_lengths: Length of each turn's question [characters].
        answer_lengths: Length of each turn's answer [characters].
        num_without_picture: Number of conversations read that have no picture.
        picture_sizes: Number of pictures of each (width, height) [px].
        answers: Number of turns with each answer.
        samples: A few conversations, by number.
        broken: Why a conversation cannot be trained on, by number.
    """

    name: str
    count: int
    turn_counts: Sequence[int]
    question_lengths: Sequence[int]
    answer_lengths: Sequence[int]
    num_without_picture: int
    picture_sizes: Counter[tuple[int, int]]
    answers: Counter[str]
    samples: Mapping[int, Conversation]
    broken: Mapping[int, str]


def survey_conversations(
    dataset: VisionLanguageDataset, *, num_read: int, num_samples: int, seed: int
) -> ConversationSurvey:
    """Read a random sample of conversations with their pictures.

    Args:
        dataset: The conversations.
        num_read: Maximum number of conversations to read.
        num_samples: Maximum number of these to keep for display.
        seed: Random seed for the choice.
    """
    drawn = np.random.default_rng(seed).permutation(len(dataset))[:num_read].tolist()
    shown = set(drawn[:num_samples])
    turn_counts: list[int] = []
    lengths: list[tuple[int, int]] = []
    num_without_picture = 0
    sizes: Counter[tuple[int, int]] = Counter()
    answers: Counter[str] = Counter()
    samples: dict[int, Conversation] = {}
    broken: dict[int, str] = {}
    # Read in ascending order, because data sets cache neighbours.
    for number in tqdm(sorted(drawn), desc=dataset.name, unit='conversation', delay=3.0):
        try:
            conversation = dataset.read(number)
        except BadData as error:
            broken[number] = str(error)
            continue
        turn_counts.append(len(conversation.turns))
        lengths += [(len(turn.question), len(turn.answer)) for turn in conversation.turns]
        num_without_picture += not conversation.images
        sizes.update((image.shape[1], image.shape[0]) for image in conversation.images)
        answers.update(turn.answer for turn in conversation.turns)
        if number in shown:
            samples[number] = conversation
    return ConversationSurvey(
        name=dataset.name,
        count=len(dataset),
        turn_counts=turn_counts,
        question_lengths=[question for question, _ in lengths],
        answer_lengths=[answer for _, answer in lengths],
        num_without_picture=num_without_picture,
        picture_sizes=sizes,
        answers=answers,
        samples=samples,
        broken=broken,
    )
