# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert recorded bags into a LeRobot data set for training.

    genvla data convert recordings/* --out data/ours
    genvla data inspect data/ours

Each step holds its image, the measured joints and the action of the control period that begins
with the image. The motion of an action is the difference between two measured poses, as BridgeData
relabels the actions of its operators. Its gripper opening is the commanded one, or the measured
one if there are no commands. A bag is split where the instruction changes, and idle steps at both
ends are trimmed. Several bags are converted in parallel; a killed conversion resumes with the same
command. `meta/bags.json` lists the sources and everything that was left out.
"""

from __future__ import annotations

from collections.abc import Sequence
import json
import os
from pathlib import Path
import shutil
from typing import Any

from genvla_bags.bag_messages import BagError
from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.kept_settings import USER_ERRORS, keep_settings
from genvla_command.parts import Part, make_parts
from genvla_training.bags_to_lerobot.bag_part import (
    DATA_FOLDER,
    ENTRY_FILE,
    EPISODES_FILE,
    make_bag_part,
)
from genvla_training.bags_to_lerobot.options import BagOptions
from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.merge import check_alike, merge

SOURCES_FILE = 'meta/bags.json'
"""The bag, start time and number of steps of each episode, and everything that was left out."""


class NoEpisodes(ValueError):
    """The bags contain nothing to train on; the message lists the reasons."""


def bags_to_lerobot(options: BagOptions, *, workers: int = 1) -> dict[str, Any]:
    """Write the data set and return the contents of meta/bags.json.

    A bag that is unreadable or does not match the others is left out, and the reason is recorded.

    Args:
        options: Bags, and how to convert them.
        workers: Number of worker processes.

    Raises:
        BagError: A bag does not exist.
        FileExistsError: The output folder exists.
        NoEpisodes: There is nothing to write.
        SettingsMismatch: The conversion was started with other options.
    """
    for path in options.bags:
        if not path.exists():
            raise BagError(f'bag {path} does not exist')
    if options.out.exists():
        raise FileExistsError(f'{options.out} already exists; delete it or choose another folder')
    keep_settings(options.parts_folder, options)
    parts = make_parts(
        make_bag_part,
        options,
        count=len(options.bags),
        size=1,
        path=lambda number: options.parts_folder / f'{number:05d}',
        workers=workers,
        unit='bag',
    )
    told = _join(options, parts)
    shutil.rmtree(options.parts_folder)
    if not told['episodes']:
        raise NoEpisodes(_why_nothing(told))
    return told


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(
        BagOptions, args, module='genvla_training.bags_to_lerobot', description=__doc__
    )
    with ends_with_a_sentence(
        *USER_ERRORS,
        BadData,
        BagError,
        NoEpisodes,
        ValueError,
        if_stopped='converted bags are kept: run the same command again to resume',
    ):
        told = bags_to_lerobot(options, workers=os.cpu_count() or 1)
        for bag in told['bags']:
            for line in (*bag['notices'], *bag['left_out']):
                print(f'{bag["bag"]}: {line}')
        steps = sum(episode['steps'] for episode in told['episodes'])
        empty = sum(not bag['episodes'] for bag in told['bags'])
        if empty:
            print(f'{empty} of {len(told["bags"])} bags contain no episode, see above')
        print(
            f'{len(told["episodes"])} episodes, {steps} steps in {options.out}; next: genvla data '
            f'inspect {options.out}'
        )


def _join(options: BagOptions, parts: Sequence[Part]) -> dict[str, Any]:
    """Merge the parts that match the first one; return the results of all bags."""
    told: dict[str, Any] = {'bags': [], 'episodes': []}
    joined: list[Path] = []
    for part in parts:
        entry = _read(part.path / ENTRY_FILE)
        told['bags'].append(entry)
        data = part.path / DATA_FOLDER
        if not entry['episodes']:
            continue
        try:
            check_alike([*joined[:1], data])
        except BadData as error:
            entry['left_out'].append(str(error))
            entry['episodes'] = 0
            continue
        joined.append(data)
        told['episodes'] += _read(part.path / EPISODES_FILE)
    if joined:
        merged = options.parts_folder / 'merged'
        merge(joined, merged, replace=True)
        text = json.dumps(told, indent=2) + '\n'
        (merged / SOURCES_FILE).write_text(text, encoding='utf-8')
        merged.rename(options.out)
    return told


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding='utf-8'))


def _why_nothing(told: dict[str, Any]) -> str:
    reasons = [
        f'{bag["bag"]}: {line}'
        for bag in told['bags']
        for line in (*bag['notices'], *bag['left_out'])
    ]
    return 'no episodes to train on: ' + ('; '.join(reasons) or 'no arm moves in the bags')
