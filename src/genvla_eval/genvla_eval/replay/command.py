# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Replay recorded bags to a policy offline: no ROS, no motion, and reproducible answers.

    genvla eval replay runs/demo/latest/bag --out runs/replay/demo
    genvla eval replay BAG BAG --checkpoint OLD NEW --out RUN

The checkpoint gets every image that the recorded policy answered, with the instruction in force.
Without a recorded policy, it gets one image per control period. The answer is compared with the
recorded actions, and two checkpoints are compared moment by moment. The folder contains
summary.json, answers.parquet, report.html and, for the first checkpoint, a bag of its predictions.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import Any

import tyro

from genvla_bags.asking import Frames, Reference
from genvla_bags.bag_messages import BagError
from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.threads import use_threads
from genvla_command.versions import versions
from genvla_command.whole_folder import whole_folder
from genvla_eval.replay.errors import stuck_notice
from genvla_eval.replay.image_use import image_use_notice, summarize_image_use
from genvla_eval.replay.paired import compare
from genvla_eval.replay.prediction_bag import write_predictions
from genvla_eval.replay.report import render_report
from genvla_eval.replay.rerun_recording import RerunMissing, RerunRecording
from genvla_eval.replay.run import SEED, Candidate, ask_bags
from genvla_eval.replay.summary import summarize_rows
from genvla_eval.replay.table import write_table
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_policy.inference.policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.shipped.option import CheckpointFolder

_RERUN = 'replay.rrd'
_PACKAGES = ('numpy', 'rosbags', 'torch', 'transformers')


@dataclass(frozen=True)
class ReplayOptions:
    """Recorded bags, and the checkpoints to replay them to."""

    bags: tyro.conf.Positional[tuple[Path, ...]]
    """Folders or files of rosbag2: sqlite3 or mcap, compressed or not."""
    out: Path
    """Folder to write; must not exist."""
    checkpoint: tuple[CheckpointFolder, ...] = (SHIPPED_CHECKPOINT,)
    """One checkpoint folder, or two to compare."""
    instruction: str = ''
    """Instruction to the policy, instead of the one in the bag."""
    images: tuple[str, ...] = ()
    """Topics of the policy's cameras, in its order; by default the bag's, if the number
    matches."""
    frames: tyro.conf.EnumChoicesFromValues[Frames] = Frames.AUTO
    """answered: the images that the recorded policy answered; rate: one per control period;
    auto: answered if there are chunks, else rate."""
    reference: tyro.conf.EnumChoicesFromValues[Reference] = Reference.AUTO
    """chunks: the recorded policy's commands; deltas: single commands, as from teleoperation;
    reached: differences of the measured poses; auto: chunks for answered images, else deltas if
    there are any, else reached."""
    rerun: bool = False
    """Also write a recording for Rerun's viewer, replay.rrd (needs the package rerun-sdk)."""
    device: str = 'auto'
    """Device of the policy, such as cpu or cuda."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        if not self.bags:
            raise ValueError('name at least one bag')
        if len(self.checkpoint) not in (1, 2):
            raise ValueError(f'expected one or two checkpoints, got {len(self.checkpoint)}')


def replay(options: ReplayOptions) -> dict[str, Any]:
    """Replay the bags, write the folder and return the summary.

    Raises:
        BagError: A bag cannot be replayed.
        CheckpointMismatch: A folder does not hold a complete checkpoint.
        FileExistsError: The output folder already exists.
        RerunMissing: `rerun` is set, but rerun-sdk is not installed.
    """
    if options.out.exists():
        raise FileExistsError(f'{options.out} already exists; choose another folder')
    candidates = _load(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = options.out.with_name(f'.{options.out.name}.{_RERUN}')
    try:
        with RerunRecording(unfinished) if options.rerun else nullcontext() as recording:
            watch = None if recording is None else recording.add
            described = ask_bags(
                options.bags,
                candidates,
                images=options.images,
                instruction=options.instruction,
                frames=options.frames,
                reference=options.reference,
                watch=watch,
            )
        summary = _summary(options, candidates, described)
        with whole_folder(options.out) as folder:
            _write(folder, summary, candidates)
            if options.rerun:
                unfinished.rename(folder / _RERUN)
    finally:
        unfinished.unlink(missing_ok=True)
    return summary


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(ReplayOptions, args, module='genvla_eval.replay', description=__doc__)
    with ends_with_a_sentence(
        BagError,
        CheckpointMismatch,
        FileExistsError,
        RerunMissing,
        ValueError,
        if_stopped='nothing was saved',
    ):
        summary = replay(options)
        for bag in summary['bags']:
            for line in bag['notices']:
                print(f'{bag["name"]}: {line}', file=sys.stderr)
        for name, result in summary['results'].items():
            if notice := image_use_notice(name, result['image']) or stuck_notice(name, result):
                print(notice, file=sys.stderr)
            print(json.dumps({'checkpoint': name, **_headline(result)}))
        print(f'see {options.out / "report.html"}', file=sys.stderr)


def _load(options: ReplayOptions) -> list[Candidate]:
    found: list[Candidate] = []
    use_threads(checkpoints=options.checkpoint)
    for index, folder in enumerate(options.checkpoint):
        policy = Policy.load(folder, device=options.device)
        policy.warm_up()
        taken = [each.name for each in found]
        name = policy.config.name
        if name in taken:
            name = f'{name} ({index + 1}: {folder.resolve().name})'
        found.append(Candidate(name, policy, checkpoint_sha256(folder)))
    return found


def _summary(
    options: ReplayOptions, candidates: Sequence[Candidate], bags: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    period_s = candidates[0].policy.config.step_period_s
    comparison = None
    if len(candidates) == 2:
        first, second = candidates
        comparison = {
            'first': first.name,
            'second': second.name,
            'differences': compare(first.rows, second.rows, seed=SEED),
        }
    return {
        'command': ' '.join(['genvla eval replay', *sys.argv[1:]]),
        'versions': versions(_PACKAGES),
        'seed': SEED,
        'bags': list(bags),
        'checkpoints': {
            each.name: {
                'path': str(folder),
                'sha256': each.sha256,
                'described': each.policy.describe(),
            }
            for each, folder in zip(candidates, options.checkpoint, strict=True)
        },
        'results': {
            each.name: {
                **summarize_rows(each.rows, period_s),
                'image': summarize_image_use(each.image_errors),
            }
            for each in candidates
        },
        'comparison': comparison,
    }


def _write(out: Path, summary: dict[str, Any], candidates: Sequence[Candidate]) -> None:
    rows = {each.name: each.rows for each in candidates}
    write_table(out / 'answers.parquet', rows)
    write_predictions(out / 'predictions', candidates[0].rows)
    worst = {each.name: each.worst.ranked() for each in candidates}
    (out / 'report.html').write_text(render_report(summary, rows, worst), encoding='utf-8')
    (out / 'summary.json').write_text(json.dumps(summary, indent=2) + '\n', encoding='utf-8')


def _headline(result: dict[str, Any]) -> dict[str, Any]:
    errors, text = result['errors'], result['text'] or {}
    return {
        'answers': result['answers'],
        'translation_mm': errors['by_step'][0]['translation_mm'],
        'rotation_deg': errors['by_step'][0]['rotation_deg'],
        'gripper_accuracy': errors['gripper_accuracy'],
        'token_accuracy': text.get('token_accuracy'),
        'same_text_as_recorded': text.get('same_text_as_recorded'),
        'p50_ms': result['latency']['p50_ms'],
        'changed_share': result['safety']['changed_share'],
    }
