# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture of the tasks: each row an episode of the scripted expert, from start to success.

python -m genvla_sim.gallery tasks.png --tasks PickKnife PutCarrotOnPlate
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from genvla_command import option_types
from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import TabletopEnv

Image = NDArray[np.uint8]


def film_strip(task: str, *, seed: int, num_frames: int, width: int = 320) -> Image:
    """Return frames of one episode side by side, its first and last among them.

    Args:
        task: name from `TASKS`.
        seed: of the scene.
        num_frames: at least 2.
        width: of one frame [px]; its height is three quarters of that.

    Returns:
        (3/4 width, num_frames x width, 3) uint8 RGB, the instruction written into it.
    """
    env = TabletopEnv(task=task, image_size=(width, width * 3 // 4))
    try:
        observation, info = env.reset(seed=seed)
        frames, done = [observation['image']], False
        while not done:
            observation, _, terminated, truncated, info = env.step(
                Expert(env.task).act(env.state())
            )
            frames.append(observation['image'])
            done = terminated or truncated
    finally:
        env.close()
    moments = np.linspace(0, len(frames) - 1, num_frames).round().astype(int)
    strip = np.ascontiguousarray(np.hstack([frames[moment] for moment in moments]))
    for corner, colour in (((9, 21), (0, 0, 0)), ((8, 20), (255, 255, 255))):  # with a shadow
        cv2.putText(strip, info['instruction'], corner, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour)
    return strip


def main(args: Sequence[str] | None = None) -> None:
    """Command line; writes one picture."""
    parser = argparse.ArgumentParser(
        prog='python -m genvla_sim.gallery', description=__doc__.splitlines()[0]
    )
    parser.add_argument('out', type=picture_file, help='the picture to write (.png, .jpg)')
    parser.add_argument(
        '--tasks',
        nargs='+',
        choices=list(TASKS),
        default=list(TASKS),
        metavar='TASK',
        help='default: all; names: ' + ', '.join(TASKS),
    )
    parser.add_argument('--seed', type=option_types.seed, default=0, help='of the scenes (0)')
    parser.add_argument(
        '--frames', type=_frames, default=5, help='moments of each episode, 2 or more (5)'
    )
    options = parser.parse_args(args)
    strips = [
        film_strip(task, seed=options.seed, num_frames=options.frames) for task in options.tasks
    ]
    if not cv2.imwrite(str(options.out), np.vstack(strips)[..., ::-1]):
        raise SystemExit(f'{options.out} could not be written; is the disk full?')


def picture_file(text: str) -> Path:
    """Returns the path of a picture that can be written, for argparse."""
    path = option_types.output_file(text)
    if not cv2.haveImageWriter(text):
        raise argparse.ArgumentTypeError(f'{path.name} has no ending of a picture: .png or .jpg')
    return path


def _frames(text: str) -> int:
    if (frames := option_types.count(text)) < 2:
        raise argparse.ArgumentTypeError('an episode has a first and a last frame: 2 at least')
    return frames


if __name__ == '__main__':
    main()
