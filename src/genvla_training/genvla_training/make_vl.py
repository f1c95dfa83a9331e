# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Make a vision-language data set from the simulator's state, in LLaVA's JSON format.

    genvla data questions data/vl --scenes 24000

The data covers captions, spatial relations, colours, counting, pointing, free space, and the
content of each image patch, under random colours, light and camera. A killed run resumes when
started again.
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

from genvla_command.command_line import check_at_least, check_shares, ends_with_a_sentence, parse
from genvla_command.kept_settings import USER_ERRORS, keep_settings
from genvla_command.parts import Part, make_parts
from genvla_command.whole_folder import write_whole
from genvla_training.data.conversation import Turn
from genvla_training.synthetic.geometry import (
    from_gripper,
    gripper_yaw,
    is_long,
    object_pixel,
    seen,
    tip_pixel,
    turn_from_gripper,
)
from genvla_training.synthetic.patches import patch_words
from genvla_training.synthetic.questions import conversation
from genvla_training.synthetic.scenes import Scene, random_scenes
from genvla_viperx.arm.gripper import opening_from_finger

JSON_FILE = 'vl.json'
SCENES_PER_PART = 120
"""Maximum number of scenes that each worker loses when a run is killed."""
_JPEG_QUALITY = 92


@dataclass(frozen=True)
class VlOptions:
    """Synthetic vision-language data set to make."""

    out: tyro.conf.Positional[Path]
    """Folder to write; an unfinished earlier run is resumed."""
    scenes: int = 24_000
    """Number of images to draw; each has one conversation."""
    seed: int = 0
    """Random seed of everything that is drawn."""
    turns: int = 4
    """Maximum number of questions per conversation."""
    plain_share: float = 0.5
    """Share of the images with the tasks' own colours, light and camera, from 0 to 1."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        check_at_least(1, scenes=self.scenes, turns=self.turns)
        check_at_least(0, seed=self.seed)
        check_shares(plain_share=self.plain_share)


def make_vl(options: VlOptions, *, workers: int) -> Path:
    """Write the data set, reusing the complete parts of an earlier run.

    Args:
        options: Data set to make.
        workers: Number of worker processes.

    Returns:
        Path of the JSON file.

    Raises:
        SettingsMismatch: The folder holds a data set with other options, or something else.
        OSError: The folder is not writable.
    """
    keep_settings(options.out, options)
    (options.out / 'images').mkdir(exist_ok=True)
    (options.out / 'parts').mkdir(exist_ok=True)
    parts = make_parts(
        _make_part,
        options,
        count=options.scenes,
        size=SCENES_PER_PART,
        path=lambda number: options.out / 'parts' / f'{number:05d}.json',
        workers=workers,
        unit='scene',
    )
    path = options.out / JSON_FILE
    entries = [entry for part in parts for entry in json.loads(part.path.read_text())]
    write_whole(path, json.dumps(entries))
    return path


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(VlOptions, args, module='genvla_training.make_vl', description=__doc__)
    with ends_with_a_sentence(
        *USER_ERRORS, if_stopped='finished parts are kept: run the same command again to resume'
    ):
        path = make_vl(options, workers=os.cpu_count() or 1)
    print(f'{options.scenes} conversations in {path}; next: genvla data inspect {path}')


def _make_part(part: Part) -> None:
    options: VlOptions = part.options
    rng = np.random.default_rng((options.seed, part.number))
    scenes = random_scenes(rng, len(part.items), plain_share=options.plain_share)
    entries = [
        _write_entry(options, number, scene, rng)
        for number, scene in zip(part.items, scenes, strict=True)
    ]
    write_whole(part.path, json.dumps(entries))


def _write_entry(
    options: VlOptions, number: int, scene: Scene, rng: np.random.Generator
) -> dict[str, object]:
    """Write a picture and return its JSON entry."""
    image = f'images/{number:06d}.jpg'
    path = options.out / image
    picture = scene.image[..., ::-1]
    if not cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]):
        raise OSError(f'{path} could not be written; check that the disk is not full')
    return {
        'id': f'{number:06d}',
        'image': image,
        'conversations': _spoken(conversation(scene, rng, max_turns=options.turns)),
        # Labels beyond the conversation; readers of the format ignore them.
        'patches': patch_words(scene),
        'gripper': _place(scene, tip_pixel(scene))
        | {'yaw_rad': round(gripper_yaw(scene), 4), 'opening': _opening(scene)},
        'objects': {
            name: _place(scene, object_pixel(scene, name))
            | {'from_gripper_m': from_gripper(scene, name).round(4).tolist()}
            | _directions(scene, name)
            for name in seen(scene)
        },
    }


def _spoken(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Convert turns to LLaVA's format, with the picture before the first question."""
    spoken = []
    for index, turn in enumerate(turns):
        question = turn.question if index else f'<image>\n{turn.question}'
        spoken += [
            {'from': 'human', 'value': question},
            {'from': 'gpt', 'value': turn.answer},
        ]
    return spoken


def _place(scene: Scene, pixel: NDArray[np.float64]) -> dict[str, object]:
    """Return a point of the picture, x and y in [0, 1]."""
    point = (pixel + 0.5) / (scene.camera.width, scene.camera.height)
    return {'point': point.round(4).tolist()}


def _directions(scene: Scene, name: str) -> dict[str, float]:
    """Return a long object's direction seen from above, and its turn relative to the fingers."""
    if not is_long(name):
        return {}
    return {
        'yaw_rad': round(scene.state.objects[name].yaw, 4),
        'turn_rad': round(turn_from_gripper(scene, name), 4),
    }


def _opening(scene: Scene) -> float:
    return round(float(opening_from_finger(scene.state.finger_m)), 3)


if __name__ == '__main__':
    main()
