# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Make the GIF of README from a run of the demo.

make demo DEMO_ARGS="--duration 40"
python docs/demo_gif.py runs/demo/latest docs/images/demo.gif
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
import sys

import cv2
from PIL import Image
import tyro

from genvla_bringup.demo.episode_bag import read_episode, read_frames
from genvla_bringup.demo.video import at_constant_rate, with_band

_EVERY = 2  # the frames come at 10 Hz
_PERIOD_MS = 100 * _EVERY
_WIDTH_PX = 400
_NUM_COLOURS = 64


@dataclass(frozen=True)
class Options:
    """The run, the picture, and the part of the run to show."""

    run: tyro.conf.Positional[Path]
    out: tyro.conf.Positional[Path]
    start_s: float = 0.0
    """Start of the part [s after the policy's start]."""
    duration_s: float = 60.0
    """Length of the part [s]."""


def main(options: Options) -> None:
    """Write the GIF and print its size."""
    episode = read_episode(options.run / 'bag')
    start_s = episode.start_s + options.start_s
    end_s = min(episode.end_s, start_s + options.duration_s)
    frames = read_frames(options.run / 'bag', episode.start_s, end_s)
    pictures = []
    for number, (time_s, frame) in enumerate(at_constant_rate(frames, start_s, end_s)):
        if number % _EVERY == 0:
            picture = with_band(frame.pixels, episode, time_s)
            height_px = round(picture.shape[0] * _WIDTH_PX / picture.shape[1])
            picture = cv2.resize(picture, (_WIDTH_PX, height_px), interpolation=cv2.INTER_AREA)
            pictures.append(Image.fromarray(picture))
    # One palette and no dithering, so that what stands still is the same in every frame.
    palette = pictures[len(pictures) // 2].quantize(_NUM_COLOURS)
    first, *rest = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in pictures]
    first.save(options.out, save_all=True, append_images=rest, duration=_PERIOD_MS, loop=0)
    size_mb = options.out.stat().st_size / 1e6
    sys.stdout.write(f'{options.out}: {len(pictures)} pictures, {size_mb:.1f} MB\n')


if __name__ == '__main__':
    main(tyro.cli(Options, description=__doc__))
