# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Judge a camera from a few seconds of images: rate, exposure, latency, framing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_bringup.checks import screen_clock
from genvla_command.findings import Finding
from genvla_policy.images.framing import compare_framing

Image = NDArray[np.uint8]

_RATE_SHARE = 0.9
_JITTER_SHARE = 0.5
_OLD_MS = 150.0
_LATE_MS, _EARLY_MS, _LEAST_READ = 250.0, 20.0, 5
_DARK, _BRIGHT, _CLIPPED_SHARE = 40.0, 215.0, 0.10
_DRIFT = 4.0


@dataclass(frozen=True, eq=False)
class Shot:
    """One camera image.

    Attributes:
        stamp_s: Capture time, from the message stamp [s].
        arrived_s: Arrival time [s].
        rgb: (height, width, 3) uint8.
    """

    stamp_s: float
    arrived_s: float
    rgb: Image


def judge(
    shots: Sequence[Shot], rate_hz: float, reference: Image | None, *, films_clock: bool = False
) -> list[Finding]:
    """Return the findings for a few seconds of images.

    Args:
        shots: At least two images, in order of arrival.
        rate_hz: Configured rate of the camera [Hz].
        reference: Image that the camera should show, such as one from the day the training data
            was recorded; None: unknown.
        films_clock: Whether the images show a screen clock. If so, only rate, age and latency are
            judged, not exposure, steadiness or framing.
    """
    if films_clock:
        return [_rate([shot.stamp_s for shot in shots], rate_hz), _age(shots), _latency(shots)]
    findings = [
        _rate([shot.stamp_s for shot in shots], rate_hz),
        _age(shots),
        _exposure(shots[-1].rgb),
        _drift(shots),
    ]
    if reference is not None:
        findings.append(_framing(shots[-1].rgb, reference))
    return findings


def _rate(stamps_s: Sequence[float], rate_hz: float) -> Finding:
    gaps_s = np.diff(stamps_s)
    found_hz = 1.0 / float(gaps_s.mean()) if gaps_s.mean() > 0 else 0.0
    worst_ms = 1000 * float(gaps_s.max())
    objection = ''
    if (gaps_s <= 0).any():
        objection = 'stamps do not increase: check whether the clock is being set, or a bag played'
    elif found_hz < _RATE_SHARE * rate_hz:
        objection = (
            f'expected {rate_hz:g} Hz: check for dim light with automatic exposure, or a USB hub'
        )
    elif float(gaps_s.std()) * found_hz > _JITTER_SHARE:
        objection = 'irregular: images are lost in transport; check the Fast DDS profile'
    return Finding('rate', f'{found_hz:.1f} Hz, longest gap {worst_ms:.0f} ms', objection)


def _age(shots: Sequence[Shot]) -> Finding:
    ages_ms = [1000 * (shot.arrived_s - shot.stamp_s) for shot in shots]
    median_ms = float(np.median(ages_ms))
    objection = ''
    if median_ms < 0:
        objection = 'stamped in the future: synchronise the clocks of the computers (chrony)'
    elif median_ms > _OLD_MS:
        objection = 'old on arrival: framerate below the native rate, or a slow network'
    return Finding('age on arrival', f'{median_ms:.0f} ms, at most {max(ages_ms):.0f}', objection)


def _latency(shots: Sequence[Shot]) -> Finding:
    """Measure the latency with the screen clock; it includes the screen's own lag, 10 to 50 ms."""
    times = [(shot, screen_clock.read(shot.rgb)) for shot in shots]
    read = [(shot, shown) for shot, shown in times if shown is not None]
    if len(read) < _LEAST_READ:
        return Finding(
            'latency from the screen',
            f'the clock was read in {len(read)} of {len(shots)} images',
            'film the whole clock, large and sharp, without reflections, with a short exposure',
        )
    stamped = [screen_clock.lag_ms(shot.stamp_s, shown) for shot, shown in read]
    arrived = [screen_clock.lag_ms(shot.arrived_s, shown) for shot, shown in read]
    median_ms, stamped_ms = float(np.median(arrived)), float(np.median(stamped))
    objection = ''
    if stamped_ms < -_EARLY_MS:
        objection = 'stamped before it was shown: synchronise the clocks of screen and camera'
    elif median_ms > _LATE_MS:
        objection = (
            f'expected below {_LATE_MS:.0f} ms: check exposure, USB hub, network and screen'
        )
    return Finding(
        'latency from the screen',
        f'{median_ms:.0f} ms, {stamped_ms:.0f} of them before the stamp '
        f'({len(read)} of {len(shots)} images read)',
        objection,
    )


def _exposure(rgb: Image) -> Finding:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    mean = float(grey.mean())
    clipped = float(((grey <= 2) | (grey >= 253)).mean())
    objection = ''
    if mean < _DARK:
        objection = 'too dark: increase exposure_time_absolute, or add light'
    elif mean > _BRIGHT:
        objection = 'too bright: decrease exposure_time_absolute'
    elif clipped > _CLIPPED_SHARE:
        objection = 'over a tenth is black or white: check for a window or a lamp in the image'
    return Finding('exposure', f'mean {mean:.0f} of 255, {100 * clipped:.0f} % clipped', objection)


def _drift(shots: Sequence[Shot]) -> Finding:
    means = np.array([shot.rgb.reshape(-1, 3).mean(axis=0) for shot in shots])
    drift = float(np.ptp(means, axis=0).max())
    return Finding(
        'steadiness',
        f'colours change by {drift:.1f} of 255',
        'exposure or white balance is automatic: fix them with v4l2-ctl, see usb_cam.yaml'
        if drift > _DRIFT
        else '',
    )


def _framing(rgb: Image, reference: Image) -> Finding:
    try:
        framing = compare_framing(rgb, reference)
    except ValueError as error:
        return Finding('framing', f'{rgb.shape[1]}x{rgb.shape[0]}', str(error))
    measured = f'{round(framing.right_px):+d} px right, {round(framing.down_px):+d} px down'
    return Finding('framing', measured, framing.objection)
