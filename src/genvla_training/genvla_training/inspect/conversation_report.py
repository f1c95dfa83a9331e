# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Report on a vision-language data set in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genvla_command.html_page import Table
from genvla_training.inspect.conversation_survey import ConversationSurvey
from genvla_training.inspect.report import Report, share

_NUM_COMMON = 10
_SHOWN_CHARACTERS = 60


def conversation_report(survey: ConversationSurvey, kind: str) -> Report:
    """Return the report on a survey.

    Args:
        survey: Results of the survey.
        kind: Format of the data set.
    """
    return Report(
        name=survey.name,
        kind=kind,
        facts=_facts(survey),
        notices=[],
        broken=[f'conversation {number}: {reason}' for number, reason in survey.broken.items()],
        tables=[_lengths(survey), _answers(survey), _sizes(survey)],
    )


def _facts(survey: ConversationSurvey) -> list[tuple[str, str]]:
    num_good = len(survey.turn_counts)
    num_read = num_good + len(survey.broken)
    return [
        ('conversations', f'{survey.count:,}'),
        ('read', f'{num_read:,}' + ', chosen at random' * (num_read < survey.count)),
        ('turns in them', f'{len(survey.answer_lengths):,}'),
        ('without an image', share(survey.num_without_picture, num_good)),
        ('different answers', f'{len(survey.answers):,}'),
        ('broken conversations', f'{len(survey.broken):,}'),
    ]


def _lengths(survey: ConversationSurvey) -> Table:
    rows = [
        ('turns per conversation', *_spread(survey.turn_counts)),
        ('characters per question', *_spread(survey.question_lengths)),
        ('characters per answer', *_spread(survey.answer_lengths)),
    ]
    return Table('lengths', ('', 'min', 'median', 'mean', 'q99', 'max'), rows)


def _spread(values: Sequence[int]) -> tuple[str, ...]:
    if not values:
        return ('-',) * 5
    found = min(values), np.median(values), np.mean(values), np.quantile(values, 0.99), max(values)
    return tuple(f'{value:.4g}' for value in found)


def _answers(survey: ConversationSurvey) -> Table:
    total = survey.answers.total()
    rows = [
        (_shortened(answer), f'{count:,}', share(count, total))
        for answer, count in survey.answers.most_common(_NUM_COMMON)
    ]
    return Table('most common answers', ('answer', 'turns', 'share'), rows)


def _sizes(survey: ConversationSurvey) -> Table:
    total = survey.picture_sizes.total()
    rows = [
        (f'{width} x {height} px', f'{count:,}', share(count, total))
        for (width, height), count in survey.picture_sizes.most_common(_NUM_COMMON)
    ]
    return Table('most common image sizes', ('size', 'images', 'share'), rows)


def _shortened(text: str) -> str:
    line = ' '.join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f'{line[: _SHOWN_CHARACTERS - 3]}...'
