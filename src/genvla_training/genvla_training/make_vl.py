# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Make a vision-language data set from the simulator's state, in LLaVA's JSON format.

    python -m genvla_training.make_vl vl --scenes 20000

Captions, spatial relations, colours, counting, pointing, free space and a caption for every patch,
under random colours, light and camera. Killed, it goes on where it was when started again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import json
import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
import tyro

from genvla_sim.processes import in_processes
from genvla_training.synthetic.geometry import (
    from_gripper,
    object_pixel,
    seen,
    tip_pixel,
    turn_from_gripper,
)
from genvla_training.synthetic.patches import patch_words
from genvla_training.synthetic.questions import conversation
from genvla_training.synthetic.scenes import Scene, random_scenes
from genvla_training.synthetic.settings import keep_settings
from genvla_viperx.gripper import opening_from_finger

JSON_FILE = 'vl.json'
_SCENES_PER_PART = 120
_JPEG_QUALITY = 92


@dataclass(frozen=True)
class VlOptions:
    """A synthetic vision-language data set."""

    out: tyro.conf.Positional[Path]
    """Folder to write."""
    scenes: int = 20_000
    """Pictures, each with one conversation."""
    seed: int = 0
    """Decides everything that is drawn."""
    turns: int = 6
    """Questions of a conversation, at most."""
    plain_share: float = 0.3
    """Of the pictures, how many have the tasks' own look and camera."""


def make_vl(options: VlOptions, *, workers: int) -> Path:
    """Write the data set; what an earlier run has made of it is kept.

    Returns:
        The JSON file.

    Raises:
        SettingsMismatch: The folder holds a data set of other options.
    """
    keep_settings(options.out, options)
    (options.out / 'images').mkdir(exist_ok=True)
    (options.out / 'parts').mkdir(exist_ok=True)
    parts = [
        (options, part)
        for part in range(-(-options.scenes // _SCENES_PER_PART))
        if not _part_file(options.out, part).exists()
    ]
    sizes = [_part_size(options, part) for _, part in parts]
    for _ in in_processes(
        _make_part,
        parts,
        sizes=sizes,
        workers=workers,
        unit='scene',
        already_done=options.scenes - sum(sizes),
    ):
        pass
    return _join_parts(options)


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = tyro.cli(VlOptions, args=args, description=__doc__)
    path = make_vl(options, workers=os.cpu_count() or 1)
    print(f'{options.scenes} conversations in {path}')


def _make_part(job: tuple[VlOptions, int]) -> None:
    """Draw one part; its file appears when all its pictures are there."""
    options, part = job
    rng = np.random.default_rng((options.seed, part))
    first = part * _SCENES_PER_PART
    count = _part_size(options, part)
    entries = [
        _write_entry(options, first + index, scene, rng)
        for index, scene in enumerate(random_scenes(rng, count, plain_share=options.plain_share))
    ]
    _write_whole(_part_file(options.out, part), json.dumps(entries))


def _part_size(options: VlOptions, part: int) -> int:
    return min(_SCENES_PER_PART, options.scenes - part * _SCENES_PER_PART)


def _write_entry(
    options: VlOptions, number: int, scene: Scene, rng: np.random.Generator
) -> dict[str, object]:
    image = f'images/{number:06d}.jpg'
    picture = scene.image[..., ::-1]
    if not cv2.imwrite(
        str(options.out / image), picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    ):
        raise OSError(f'{options.out / image} could not be written; is the disk full?')
    turns = conversation(scene, rng, max_turns=options.turns)
    spoken = []
    for index, turn in enumerate(turns):
        question = turn.question if index else f'<image>\n{turn.question}'
        spoken += [
            {'from': 'human', 'value': question},
            {'from': 'gpt', 'value': turn.answer},
        ]
    return {
        'id': f'{number:06d}',
        'image': image,
        'conversations': spoken,
        # What a conversation does not say; readers of the format pass over it.
        'patches': patch_words(scene),
        'gripper': _place(scene, tip_pixel(scene)) | {'opening': _opening(scene)},
        'objects': {
            name: _place(scene, object_pixel(scene, name))
            | {
                'from_gripper_m': from_gripper(scene, name).round(4).tolist(),
                'turn_rad': round(turn_from_gripper(scene, name), 4),
            }
            for name in seen(scene)
        },
    }


def _place(scene: Scene, pixel: NDArray[np.float64]) -> dict[str, object]:
    """A point of the picture, x and y in [0, 1]."""
    point = (pixel + 0.5) / (scene.camera.width, scene.camera.height)
    return {'point': point.round(4).tolist()}


def _opening(scene: Scene) -> float:
    return round(float(opening_from_finger(scene.state.finger_m)), 3)


def _join_parts(options: VlOptions) -> Path:
    parts = sorted((options.out / 'parts').glob('*.json'))
    entries = [entry for part in parts for entry in json.loads(part.read_text(encoding='utf-8'))]
    path = options.out / JSON_FILE
    _write_whole(path, json.dumps(entries))
    return path


def _part_file(out: Path, part: int) -> Path:
    return out / 'parts' / f'{part:05d}.json'


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_suffix('.partial')
    partial.write_text(text, encoding='utf-8')
    partial.replace(path)


if __name__ == '__main__':
    main()
