# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of a vision-language data set."""

from __future__ import annotations

from html import escape

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from genvla_command.html_page import picture_element, png_element, section
from genvla_command.plot_style import BAR, png, style, whole_bins
from genvla_training.data.conversation import Conversation
from genvla_training.inspect.answer_points import draw_points
from genvla_training.inspect.conversation_survey import ConversationSurvey
from genvla_training.inspect.report import Report
from genvla_training.inspect.report_page import report_page

_PICTURE_WIDTH_PX = 340
_NUM_BINS = 40


def conversation_page(report: Report, survey: ConversationSurvey) -> str:
    """Return the page as HTML.

    Args:
        report: What is said of the survey.
        survey: What was found.
    """
    sections = []
    if survey.turn_counts:
        plot = png_element('lengths', length_histograms(survey))
        sections.append(section('How long conversations are', plot))
    shown = ''.join(_conversation(*item) for item in survey.samples.items())
    if shown:
        sections.append(section('Conversations drawn at random', shown))
    return report_page(report, sections)


def length_histograms(survey: ConversationSurvey) -> bytes:
    """PNG: how many turns conversations have, and how long questions and answers are."""
    figure = Figure(figsize=(10.5, 2.6), layout='constrained')
    for axes, values, name in zip(
        figure.subplots(1, 3),
        (survey.turn_counts, survey.question_lengths, survey.answer_lengths),
        ('turns of a conversation', 'characters of a question', 'characters of an answer'),
        strict=True,
    ):
        style(axes)
        axes.hist(values, bins=whole_bins(min(values), max(values), most=_NUM_BINS), color=BAR)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_xlabel(name)
    figure.axes[0].set_ylabel('how many')
    return png(figure)


def _conversation(number: int, conversation: Conversation) -> str:
    answers = [turn.answer for turn in conversation.turns]
    pictures = ''.join(
        picture_element('picture', draw_points(image, answers, width_px=_PICTURE_WIDTH_PX))
        for image in conversation.images
    )
    turns = ''.join(
        f'<p class="question">{count}. {escape(turn.question)}</p><p>{escape(turn.answer)}</p>'
        for count, turn in enumerate(conversation.turns, start=1)
    )
    return (
        f'<h3>conversation {number}</h3>'
        f'<div class="talk"><div>{pictures or "no picture"}</div><div>{turns}</div></div>'
    )
