# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Page of a vision-language data set; points named in answers are drawn into the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
import re

import cv2
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
import numpy as np

from genvla_command.html_page import picture_element, png_element, section
from genvla_command.plot_style import BAR, png, style, whole_bins
from genvla_training.data.conversation import Conversation
from genvla_training.data.episode import Image
from genvla_training.inspect.conversation_survey import ConversationSurvey
from genvla_training.inspect.report import Report, as_page

_PICTURE_WIDTH_PX = 340
_NUM_BINS = 40
_POINT = re.compile(r'\(\s*([01](?:\.\d+)?)\s*,\s*([01](?:\.\d+)?)\s*\)')
_COLORS = ((255, 64, 64), (64, 220, 96), (80, 160, 255), (255, 208, 64), (224, 96, 255))


def conversation_page(report: Report, survey: ConversationSurvey) -> str:
    """Return the page as HTML.

    Args:
        report: Report on the survey.
        survey: Results of the survey.
    """
    sections = []
    if survey.turn_counts:
        plot = png_element('lengths', length_histograms(survey))
        sections.append(section('Lengths of conversations', plot))
    shown = ''.join(_conversation(*item) for item in survey.samples.items())
    if shown:
        sections.append(section('Random conversations', shown))
    return as_page(report, sections)


def length_histograms(survey: ConversationSurvey) -> bytes:
    """Return a PNG with histograms of turns per conversation and of text lengths."""
    figure = Figure(figsize=(10.5, 2.6), layout='constrained')
    for axes, values, name in zip(
        figure.subplots(1, 3),
        (survey.turn_counts, survey.question_lengths, survey.answer_lengths),
        ('turns per conversation', 'characters per question', 'characters per answer'),
        strict=True,
    ):
        style(axes)
        axes.hist(values, bins=whole_bins(min(values), max(values), most=_NUM_BINS), color=BAR)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_xlabel(name)
    figure.axes[0].set_ylabel('count')
    return png(figure)


def find_points(answer: str) -> list[tuple[float, float]]:
    """Return the points in an answer, as in RoboPoint: x and y in [0, 1] from the upper left."""
    points = [(float(x), float(y)) for x, y in _POINT.findall(answer)]
    return [point for point in points if max(point) <= 1.0]


def draw_points(image: Image, answers: Sequence[str], *, width_px: int) -> Image:
    """Resize a picture to a width and draw the points of all answers.

    Each point is labelled with the number of its turn, counted from one.
    """
    height_px = max(1, round(image.shape[0] * width_px / image.shape[1]))
    canvas = np.ascontiguousarray(cv2.resize(image, (width_px, height_px)), dtype=np.uint8)
    for turn, answer in enumerate(answers):
        color = _COLORS[turn % len(_COLORS)]
        for x, y in find_points(answer):
            at = (round(x * width_px), round(y * height_px))
            cv2.circle(canvas, at, 7, (0, 0, 0), 3, cv2.LINE_AA)
            cv2.circle(canvas, at, 7, color, 2, cv2.LINE_AA)
            label_at = (at[0] + 9, at[1] - 6)
            for ink, thickness in (((0, 0, 0), 4), (color, 1)):
                cv2.putText(
                    canvas,
                    str(turn + 1),
                    label_at,
                    cv2.FONT_HERSHEY_SIMPLEX,
                    0.5,
                    ink,
                    thickness,
                    cv2.LINE_AA,
                )
    return canvas


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
        f'<h3>conversation {number}</h3><div '
        f'class="talk"><div>{pictures or "no image"}</div><div>{turns}</div></div>'
    )
