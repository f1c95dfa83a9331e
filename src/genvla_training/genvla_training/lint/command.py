# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Find defects in demonstrations before training on them, and show the worst moments.

    genvla data lint data/ours
    genvla data lint data/ours --against src/genvla_policy/genvla_policy/shipped/tiny
    genvla data lint data/ours --ignore idle gripper

Every image is read at least once. The exit code is 1 if there are findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import tyro

from genvla_command.command_line import (
    check_at_least,
    check_output_file,
    ends_with_a_sentence,
    parse,
)
from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch
from genvla_training.data.episode import BadData, RobotDataset
from genvla_training.inspect.command import detect_format
from genvla_training.lint.finding import CHECKS
from genvla_training.lint.page import lint_page, lint_text
from genvla_training.lint.survey import survey
from genvla_training.run.config import RobotData
from genvla_training.run.data_sets import open_robot

_PICTURE_SIZE = 160


@dataclass(frozen=True)
class LintOptions:
    """Data set to check, and the page to write."""

    dataset: tyro.conf.Positional[Path]
    """Folder of the data set."""
    format: Literal['auto', 'lerobot', 'rlds'] = 'auto'
    """Format of the data set; auto detects it from the file names."""
    against: Path | None = None
    """Data set or checkpoint folder whose action range is compared."""
    ignore: tuple[str, ...] = ()
    """Checks whose findings are dropped."""
    camera: tuple[str, ...] = ()
    """Feature key of the camera to check (lerobot); by default the first one by name."""
    transform: str = ''
    """Conversion to our actions: MODULE:FUNCTION (lerobot), or a name (rlds)."""
    out: Path | None = None
    """Page to write; by default NAME.lint.html in the current folder."""
    moments: int = 6
    """Number of moments per check to show on the page."""

    def __post_init__(self) -> None:
        """Reject unknown checks and an output file that cannot be written."""
        check_at_least(0, moments=self.moments)
        if self.out is not None:
            check_output_file(self.out)
        if unknown := sorted(set(self.ignore) - set(CHECKS)):
            raise ValueError(f'no check is called {unknown[0]!r}; available: {list(CHECKS)}')


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(LintOptions, args, module='genvla_training.lint', description=__doc__)
    with ends_with_a_sentence(
        BadData, CheckpointMismatch, OSError, if_stopped='no page was written'
    ):
        data = RobotData(
            options.dataset,
            format=_format(options.dataset, options.format),
            cameras=options.camera,
            transform=options.transform,
        )
        dataset = _open(data)
        against = None if options.against is None else _bounds(options.against)
        found = survey(dataset, against)
        kept = [each for each in found.findings if each.check not in options.ignore]
        found = replace(found, findings=kept)
        out = options.out or Path(f'{found.name}.lint.html')
        out.write_text(lint_page(found, dataset, num_shown=options.moments), encoding='utf-8')
    print(f'{lint_text(found)}\n\npage: {out}')
    if found.findings:
        raise SystemExit(1)


def _format(path: Path, given: Literal['auto', 'lerobot', 'rlds']) -> Literal['lerobot', 'rlds']:
    kind = detect_format(path) if given == 'auto' else given
    if kind == 'lerobot' or kind == 'rlds':
        return kind
    raise BadData(f'{path} contains conversations ({kind}); expected robot demonstrations')


def _open(data: RobotData) -> RobotDataset:
    """Open the data set with states if it has them, else without."""
    try:
        return open_robot(data, image_size=_PICTURE_SIZE, with_states=True)
    except BadData:
        return open_robot(data, image_size=_PICTURE_SIZE)


def _bounds(path: Path) -> ActionNormalizer:
    if (path / 'config.json').is_file():
        return Checkpoint.open(path).normalizer
    other = open_robot(RobotData(path, format=_format(path, 'auto')), image_size=_PICTURE_SIZE)
    actions_NA = np.concatenate([other.actions(n) for n in range(len(other.lengths_E))])
    q01_A, q99_A = np.quantile(actions_NA, [0.01, 0.99], axis=0)
    return ActionNormalizer(q01_A, q99_A, np.array([True] * 6 + [False]))
