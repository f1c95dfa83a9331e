# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw the tasks: each row shows an episode of the scripted expert, from start to success.

python -m genvla_sim.gallery tasks.png --tasks PickKnife PutCarrotOnPlate
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
import tyro

from genvla_command.command_line import check_at_least, check_output_file, parse
from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.table_v import TASKS
from genvla_sim.tasks.tabletop_env import TabletopEnv

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class GalleryOptions:
    """Tasks to draw, and the output file."""

    out: tyro.conf.Positional[Path]
    """Image file to write (.png, .jpg)."""
    tasks: Annotated[
        tuple[str, ...],
        tyro.conf.arg(help=f'Tasks; names: {", ".join(TASKS)}.', metavar='TASK ...'),
    ] = tuple(TASKS)
    seed: int = 0
    """Seed of the scenes."""
    frames: int = 5
    """Number of frames per episode, at least 2."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        check_output_file(self.out)
        if not cv2.haveImageWriter(str(self.out)):
            raise ValueError(f'{self.out.name} is not an image file name; expected .png or .jpg')
        check_at_least(0, seed=self.seed)
        if self.frames < 2:
            raise ValueError(
                '--frames must be at least 2: the first and the last frame of an episode'
            )
        unknown = [name for name in self.tasks if name not in TASKS]
        if unknown or not self.tasks:
            wrong = f'no task is called {unknown[0]!r}' if unknown else 'no task is given'
            raise ValueError(f'{wrong}; available: {", ".join(TASKS)}')


def film_strip(task: str, *, seed: int, num_frames: int, width: int = 320) -> Image:
    """Return frames of one episode side by side, including its first and last.

    Args:
        task: Name of the task in `TASKS`.
        seed: Seed of the scene.
        num_frames: Number of frames, at least 2.
        width: Width of one frame [px]; its height is three quarters of that.

    Returns:
        (3/4 width, num_frames x width, 3) uint8 RGB, with the instruction drawn into it.
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
    """Run the command line, which writes one picture."""
    options = parse(GalleryOptions, args, module='genvla_sim.gallery', description=__doc__)
    strips = [
        film_strip(task, seed=options.seed, num_frames=options.frames) for task in options.tasks
    ]
    if not cv2.imwrite(str(options.out), np.vstack(strips)[..., ::-1]):
        raise SystemExit(f'{options.out} could not be written; check that the disk is not full')


if __name__ == '__main__':
    main()
