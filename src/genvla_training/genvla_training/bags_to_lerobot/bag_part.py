# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert the episodes of one bag to a data set of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
import json
from pathlib import Path
import shutil
from typing import Any

import numpy as np

from genvla_bags.asking import Asking, Frames, Moment, Reference
from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.joint_track import JointTrack
from genvla_bags.moments import Moments
from genvla_bags.recorded_chunk import TELEOPERATED
from genvla_bags.recording import BROKE_OFF, OUTCOME, Recording, read_recording
from genvla_bags.topics import Topics, choose_topics
from genvla_command.end_effector_action import ACTION_NAMES
from genvla_command.parts import Part
from genvla_training.bags_to_lerobot.episodes import RecordedEpisode, RecordedStep, cut
from genvla_training.bags_to_lerobot.options import BagOptions
from genvla_training.data.episode import BadData, Image
from genvla_training.data.lerobot import LeRobotWriter
from genvla_training.synthetic.demonstrations import STATE_NAMES

ENTRY_FILE, EPISODES_FILE, DATA_FOLDER = 'bag.json', 'episodes.json', 'data'
"""Files of a part: the result of its bag, its episodes, and the data set if there are any."""

_SAME_RATE = 1.05
"""Tolerance on the camera rate, which is accurate to a few percent."""
_SAME_PERIOD = 0.2
"""Tolerance on the time between two pictures, as a share of the control period."""
_NO_NAMES = ('image_raw', 'image_rect', 'compressed')


def make_bag_part(part: Part) -> None:
    """Convert the bag of one part; the folder appears once it is complete."""
    unfinished = part.path.with_name(f'{part.path.name}.unfinished')
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    path = part.options.bags[part.number]
    conversion = _Conversion(part.options, unfinished / DATA_FOLDER)
    conversion.take(path)
    for name, content in (
        (ENTRY_FILE, conversion.entry),
        (EPISODES_FILE, conversion.episodes),
    ):
        (unfinished / name).write_text(json.dumps(content), encoding='utf-8')
    unfinished.rename(part.path)


@dataclass(frozen=True)
class _Bag:
    """An open bag."""

    messages: BagMessages
    topics: Topics
    recording: Recording
    moments: Moments


class _Conversion:
    """Conversion of one bag to a data set.

    Attributes:
        entry: Result of the bag, for meta/bags.json.
        episodes: Source of each of its episodes.
    """

    def __init__(self, options: BagOptions, folder: Path) -> None:
        """Store the options.

        Args:
            options: Options of the conversion.
            folder: Folder of the data set to write; it appears only if there are episodes.
        """
        self._options, self._folder = options, folder
        self.entry: dict[str, Any] = {}
        self.episodes: list[dict[str, Any]] = []

    def take(self, path: Path) -> None:
        """Write the episodes of a bag, or record why it has none."""
        self.entry = {
            'bag': str(path),
            'sha256': '',
            'episodes': 0,
            'idle_steps_trimmed': 0,
            'steps_without_joints': 0,
            'left_out': [],
            'notices': [],
        }
        try:
            messages = BagMessages(path)
            self.entry['sha256'] = messages.sha256()
            self.entry['notices'] += _how_it_ended(messages)
            outcome = messages.custom_data().get(OUTCOME, '')
            if outcome == 'failure' and not self._options.failures:
                raise BagError('judged a failure; use --failures to include it')
            with ExitStack() as opened:
                self._add(_open(messages, self._options), opened)
        except (BagError, BadData) as error:
            self.entry['left_out'].append(str(error))

    def _add(self, bag: _Bag, opened: ExitStack) -> None:
        """Write the episodes; `opened` closes the data set.

        Raises:
            BadData, BagError: The bag has no usable motion, or its first episode is rejected.
        """
        options, entry = self._options, self.entry
        joints = bag.recording.joints
        if joints is None:
            raise BagError('no joint states of the arm: its motion is unknown')
        steps = [_step(moment, joints) for moment in bag.moments]
        pieces = cut(steps, period_s=1.0 / options.control_rate_hz, keep_idle=options.keep_idle)
        entry['idle_steps_trimmed'] = pieces.num_idle
        entry['steps_without_joints'] = pieces.num_unknown
        entry['left_out'] += pieces.left_out
        entry['notices'] += [*bag.messages.notices, *bag.moments.left_out()]
        if bag.recording.gripper is None:
            entry['notices'].append(
                'no gripper commands (no action_chunk): the labels are its measured openings, '
                'which hardly show how firmly it should hold'
            )
        if any(episode.instruction == TELEOPERATED for episode in pieces.episodes):
            entry['notices'].append(
                f"no instruction was recorded: its task is '{TELEOPERATED}'; convert it "
                'separately, with --instruction'
            )
        entry['notices'] += _uneven(pieces.episodes, options.control_rate_hz)
        writer: LeRobotWriter | None = None
        pictures = iter(bag.moments)
        for episode in pieces.episodes:
            frames = _frames(pictures, [step.time_s for step in episode.steps])
            first = next(frames)
            # The writer is created once the picture sizes are known.
            if writer is None:
                writer = opened.enter_context(_writer(options, self._folder, bag.topics, first))
            try:
                writer.add_episode(
                    frames=_again(first, frames),
                    states_TS=episode.states_TS,
                    actions_TA=episode.actions_TA,
                    task=episode.instruction,
                )
            except BadData as error:
                if not self.episodes:  # A data set without episodes cannot be completed.
                    raise
                entry['left_out'].append(str(error))
                continue
            entry['episodes'] += 1
            self.episodes.append(
                {
                    'bag': entry['bag'],
                    'begins_s': episode.steps[0].time_s,
                    'steps': len(episode.steps),
                    'instruction': episode.instruction,
                }
            )


def _step(moment: Moment, joints: JointTrack) -> RecordedStep:
    """Return the step of a moment; NaN where the joints are not known."""
    q = np.full(6, np.nan) if moment.q is None else moment.q
    state_S = np.array([*q, joints.opening_at(moment.time_s)])
    return RecordedStep(moment.time_s, moment.instruction, state_S, moment.reference_HA[0])


def _open(messages: BagMessages, options: BagOptions) -> _Bag:
    topics = choose_topics(
        messages.connections(), num_cameras=len(options.images) or 1, images=options.images
    )
    recording = read_recording(messages, topics)
    if recording.picture_period_s <= 0.0:
        raise BagError(
            f'at least half of the images of {topics.images[0]} have the time of the image before '
            'them, or an earlier one; expected every image once, in order: check that only one '
            'node publishes them'
        )
    camera_rate_hz = 1.0 / recording.picture_period_s
    if options.control_rate_hz > _SAME_RATE * camera_rate_hz:
        raise BagError(
            f'control_rate_hz is {options.control_rate_hz}, but {topics.images[0]} has '
            f'{camera_rate_hz:.1f} images per second: every step needs its own image; lower '
            'control_rate_hz'
        )
    asking = Asking(
        horizon=1,
        period_s=1.0 / options.control_rate_hz,
        instruction=options.instruction,
        frames=Frames.RATE,
        reference=Reference.REACHED,
    )
    return _Bag(messages, topics, recording, Moments(messages, topics, recording, asking))


def _uneven(episodes: Sequence[RecordedEpisode], control_rate_hz: int) -> Iterator[str]:
    """Yield a notice if pictures are not a control period apart."""
    intervals_s = [
        after.time_s - before.time_s
        for episode in episodes
        for before, after in pairwise(episode.steps)
    ]
    uneven = np.abs(np.array(intervals_s) * control_rate_hz - 1.0) > _SAME_PERIOD
    if uneven.any():
        yield (
            f'{uneven.sum()} of {len(uneven)} intervals between images differ from the control '
            f'period by more than {_SAME_PERIOD:.0%}, but every action lasts one period; record '
            'images at a multiple of the control rate, or choose another --control-rate-hz'
        )


def _how_it_ended(messages: BagMessages) -> list[str]:
    """Return notices about a bag that was not closed cleanly or has no verdict."""
    noted = messages.custom_data()
    found = []
    if messages.path.is_dir() and not (messages.path / 'metadata.yaml').exists():
        found.append(
            'no metadata.yaml: its recorder was killed or the disk was full; it may be incomplete'
        )
    if noted.get(BROKE_OFF):
        found.append(f'its recording was cut short: {noted[BROKE_OFF]}')
    if not noted.get(OUTCOME):
        found.append('it was never judged a success or a failure')
    return found


def _writer(
    options: BagOptions, folder: Path, topics: Topics, frame: Sequence[Image]
) -> LeRobotWriter:
    sizes = {
        _camera_name(topic): (image.shape[0], image.shape[1])
        for topic, image in zip(topics.images, frame, strict=True)
    }
    if len(sizes) < len(topics.images):
        raise BagError(f'two cameras would get the same name: {", ".join(topics.images)}')
    try:
        return LeRobotWriter(
            folder,
            fps=options.control_rate_hz,
            robot_type='vx300s',
            cameras=sizes,
            state_names=STATE_NAMES,
            action_names=ACTION_NAMES,
        )
    except ValueError as error:  # A size is odd.
        raise BagError(str(error)) from error


def _camera_name(topic: str) -> str:
    """Return the camera's name: the topic without image_raw, so /wrist/image_raw is wrist."""
    parts = [part for part in topic.split('/') if part and part not in _NO_NAMES]
    return '_'.join(parts) or 'camera'


def _frames(moments: Iterator[Moment], times_s: Sequence[float]) -> Iterator[tuple[Image, ...]]:
    """Yield the pictures of the moments at the given times, which must ascend."""
    wanted = iter(times_s)
    due = next(wanted, None)
    for moment in moments:
        if due is None:
            return
        if moment.time_s == due:
            yield moment.images
            due = next(wanted, None)
            if due is None:
                return


def _again(first: tuple[Image, ...], rest: Iterator[tuple[Image, ...]]) -> Iterator[Any]:
    yield first
    yield from rest
