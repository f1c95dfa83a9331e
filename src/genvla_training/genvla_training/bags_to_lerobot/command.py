# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn recorded bags into a LeRobot data set that can be trained on.

    genvla data convert recordings/* --out data/ours
    genvla data inspect data/ours

Each step has the picture, the measured joints and what was done until the next step: the
difference of two measured poses, as BridgeData relabels its operators' actions, and the gripper's
command. A bag is cut where the instruction changes, and trimmed where nothing moves at its ends.
Several bags are converted at once; a conversion that was killed resumes with the same command.
Sources and what was left out are in meta/bags.json.
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
"""Of every episode the bag, when it begins and how many steps it has; what was left out."""


class NoEpisodes(ValueError):
    """The bags hold nothing to train on; says why."""


def bags_to_lerobot(options: BagOptions, *, workers: int = 1) -> dict[str, Any]:
    """Write the data set; return what is in meta/bags.json.

    A bag that cannot be read or does not fit the others is left out with the reason.

    Args:
        options: Which bags, and how to convert them.
        workers: Processes.

    Raises:
        BagError: A bag is not there.
        FileExistsError: The folder is there.
        NoEpisodes: There is nothing to write.
        SettingsMismatch: The conversion was begun with other options.
    """
    for path in options.bags:
        if not path.exists():
            raise BagError(f'there is no bag {path}')
    if options.out.exists():
        raise FileExistsError(f'{options.out} is there already; delete it or name another folder')
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
    """Command line."""
    options = parse(
        BagOptions, args, module='genvla_training.bags_to_lerobot', description=__doc__
    )
    with ends_with_a_sentence(
        *USER_ERRORS,
        BadData,
        BagError,
        NoEpisodes,
        ValueError,
        if_stopped='bags that are converted are kept: start again to resume',
    ):
        told = bags_to_lerobot(options, workers=os.cpu_count() or 1)
        for bag in told['bags']:
            for line in (*bag['notices'], *bag['left_out']):
                print(f'{bag["bag"]}: {line}')
        steps = sum(episode['steps'] for episode in told['episodes'])
        empty = sum(not bag['episodes'] for bag in told['bags'])
        if empty:
            print(f'{empty} of {len(told["bags"])} bags have no episode in it, see above')
        print(
            f'{len(told["episodes"])} episodes, {steps} steps in {options.out}; look at them: '
            f'genvla data inspect {options.out}'
        )


def _join(options: BagOptions, parts: Sequence[Part]) -> dict[str, Any]:
    """Make one data set of the parts that fit the first one; return what became of all bags."""
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
    return 'there is nothing to train on. ' + ('; '.join(reasons) or 'No arm moves in the bags')
