# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of a robot data set."""

from __future__ import annotations

from html import escape

import numpy as np

from genvla_command.html_page import picture_element, png_element, section
from genvla_training.inspect import robot_figures as figures
from genvla_training.inspect.report import Report
from genvla_training.inspect.report_page import report_page
from genvla_training.inspect.robot_survey import EpisodeSample, RobotSurvey


def robot_page(report: Report, survey: RobotSurvey) -> str:
    """Return the page as HTML.

    Args:
        report: What is said of the survey.
        survey: What was found.
    """
    sections = []
    if survey.actions:
        lengths = figures.length_histogram(survey.lengths_E, survey.control_rate_hz)
        actions = figures.action_histograms(np.concatenate(list(survey.actions.values())))
        sections = [
            section('How long episodes are', png_element('lengths of episodes', lengths)),
            section('How actions are distributed', png_element('values of actions', actions)),
        ]
    shown = ''.join(_episode(sample, survey.control_rate_hz) for sample in survey.samples)
    if shown:
        sections.append(section('Episodes drawn at random, as a policy sees them', shown))
    return report_page(report, sections)


def _episode(sample: EpisodeSample, rate_hz: float) -> str:
    length = len(sample.actions_TA)
    curves = figures.action_curves(sample.actions_TA, rate_hz, sample.steps)
    strips = ''.join(
        f'<div class="strip">{_strip(sample, camera, rate_hz)}</div>'
        for camera in range(len(sample.frames[0]))
    )
    return (
        f'<h3>&ldquo;{escape(sample.instruction)}&rdquo; <small>episode {sample.number}, '
        f'{length} steps, {length / rate_hz:.1f} s</small></h3>'
        f'{strips}{png_element("actions over time", curves)}'
    )


def _strip(sample: EpisodeSample, camera: int, rate_hz: float) -> str:
    return ''.join(
        f'<figure>{picture_element(f"camera {camera}", frame[camera])}'
        f'<figcaption>{step / rate_hz:.1f} s</figcaption></figure>'
        for step, frame in zip(sample.steps, sample.frames, strict=True)
    )
