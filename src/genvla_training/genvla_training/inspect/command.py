# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Inspect a data set before training on it: a summary, and a page with plots and images.

    genvla data inspect demos
    genvla data inspect bridge_orig/1.0.0 --episodes 20 --out bridge.html
    genvla data inspect vl/vl.json

The exit code is 1 if any part of the data set is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from genvla_command.command_line import (
    check_at_least,
    check_output_file,
    ends_with_a_sentence,
    parse,
)
from genvla_training.data.episode import BadData
from genvla_training.inspect.conversation_page import conversation_page
from genvla_training.inspect.conversation_report import conversation_report
from genvla_training.inspect.conversation_survey import survey_conversations
from genvla_training.inspect.report import Report, as_text
from genvla_training.inspect.robot_page import robot_page
from genvla_training.inspect.robot_report import robot_report
from genvla_training.inspect.robot_survey import survey_robot
from genvla_training.run.config import RobotData, VisionLanguageData
from genvla_training.run.data_sets import open_robot, open_vision_language

RobotFormat = Literal['lerobot', 'rlds']
ConversationFormat = Literal['llava', 'parquet']
Format = RobotFormat | ConversationFormat

_LOOKED_FOR = (
    'a folder with meta/info.json (lerobot), a folder with dataset_info.json or with one version '
    'folder that has it (rlds), a .json or .jsonl file (llava), or a .parquet file or a folder of '
    'them (parquet)'
)
_NUM_NAMED = 8


@dataclass(frozen=True)
class InspectOptions:
    """Data set to inspect, and the page to write."""

    dataset: tyro.conf.Positional[Path]
    """Folder or file of the data set."""
    format: Literal['auto', 'lerobot', 'rlds', 'llava', 'parquet'] = 'auto'
    """Format of the data set; auto detects it from the file names."""
    out: Path | None = None
    """Page to write; by default NAME.inspect.html in the current folder."""
    episodes: int = 6
    """Number of episodes or conversations to show on the page."""
    camera: tuple[str, ...] = ()
    """Feature keys of the cameras to show (lerobot); by default the first one by name."""
    transform: str = ''
    """Conversion to our actions: MODULE:FUNCTION (lerobot), or a name (rlds)."""
    split: str = ''
    """Split to read from a folder with several splits (parquet)."""
    seed: int = 0
    """Random seed for the choice of episodes to show."""
    image_size: int = 224
    """Side length of the images that the policy sees [px]."""
    image_folder: Path | None = None
    """Folder with the images of a llava file; by default the file's folder."""
    conversations: int = 5000
    """Maximum number of conversations to read, including their images."""

    def __post_init__(self) -> None:
        """Reject counts that are too small and an output file that cannot be written."""
        check_at_least(0, episodes=self.episodes)
        check_at_least(1, conversations=self.conversations, image_size=self.image_size)
        if self.out is not None:
            check_output_file(self.out)


def inspect_dataset(options: InspectOptions) -> tuple[Report, str]:
    """Inspect a data set.

    Returns:
        The report, and the page as HTML.

    Raises:
        BadData: The data set cannot be opened.
    """
    kind = detect_format(options.dataset) if options.format == 'auto' else options.format
    if kind == 'lerobot' or kind == 'rlds':
        return _inspect_robot(options, kind)
    return _inspect_conversations(options, kind)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(InspectOptions, args, module='genvla_training.inspect', description=__doc__)
    with ends_with_a_sentence(BadData, OSError, if_stopped='no page was written'):
        report, page = inspect_dataset(options)
        out = options.out or Path(f'{report.name}.inspect.html')
        out.write_text(page, encoding='utf-8')
    print(f'{as_text(report)}\n\npage: {out}')
    if report.broken:
        raise SystemExit(1)


def detect_format(path: Path) -> Format:
    """Detect the format of a data set from its file names, without opening files.

    Raises:
        BadData: The path does not exist, or its format is unknown.
    """
    if not path.exists():
        raise BadData(f'{path} does not exist; expected {_LOOKED_FOR}')
    if path.is_file():
        if path.suffix in ('.json', '.jsonl'):
            return 'llava'
        if path.suffix == '.parquet':
            return 'parquet'
        raise BadData(f'{path} is a {path.suffix or "nameless"} file; expected {_LOOKED_FOR}')
    if (path / 'meta/info.json').is_file():
        return 'lerobot'
    if any(path.glob('dataset_info.json')) or any(path.glob('*/dataset_info.json')):
        return 'rlds'
    if any(path.rglob('*.parquet')):
        return 'parquet'
    found = sorted(entry.name for entry in path.iterdir())
    named = found[:_NUM_NAMED] + ['...'] * (len(found) > _NUM_NAMED)
    raise BadData(f'{path} contains {named}; expected {_LOOKED_FOR}')


def _inspect_robot(options: InspectOptions, kind: RobotFormat) -> tuple[Report, str]:
    data = RobotData(
        options.dataset, format=kind, cameras=options.camera, transform=options.transform
    )
    dataset = open_robot(data, image_size=options.image_size)
    survey = survey_robot(dataset, num_samples=options.episodes, seed=options.seed)
    report = robot_report(survey, kind)
    return report, robot_page(report, survey)


def _inspect_conversations(
    options: InspectOptions, kind: ConversationFormat
) -> tuple[Report, str]:
    dataset = open_vision_language(
        VisionLanguageData(
            options.dataset, format=kind, image_folder=options.image_folder, split=options.split
        )
    )
    survey = survey_conversations(
        dataset,
        num_read=options.conversations,
        num_samples=options.episodes,
        seed=options.seed,
    )
    report = conversation_report(survey, kind)
    return report, conversation_page(report, survey)
