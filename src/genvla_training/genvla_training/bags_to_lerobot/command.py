# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn recorded bags into a LeRobot data set that can be trained on.

    genvla data convert recordings/* --out data/ours
    genvla data inspect data/ours

A step has the picture, the measured joints and what was done until the next one: the difference of
two measured poses, as BridgeData relabels what its operators did, and what the gripper was told.
A bag is cut where the instruction changes; what stands still at the ends is trimmed. Sources and
what was left out are in meta/bags.json.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm
import tyro

from genvla_bags.asking import Asking, Frames, Moment, Reference
from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.moments import Moments
from genvla_bags.recorded_chunk import TELEOPERATED
from genvla_bags.recording import BROKE_OFF, OUTCOME, Recording, read_recording
from genvla_bags.topics import Topics, choose_topics
from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.end_effector_action import ACTION_NAMES
from genvla_command.kept_settings import USER_ERRORS
from genvla_training.bags_to_lerobot.episodes import RecordedStep, cut
from genvla_training.data.episode import BadData, Image
from genvla_training.data.lerobot import LeRobotWriter
from genvla_training.synthetic.demonstrations import STATE_NAMES

SOURCES_FILE = 'meta/bags.json'
"""Of every episode the bag, when it begins and how many steps it has; what was left out."""

_SAME_RATE = 1.05
"""Cameras keep their rate to some percent."""


@dataclass(frozen=True)
class BagOptions:
    """Recorded bags."""

    bags: tyro.conf.Positional[tuple[Path, ...]]
    """Folders or files of rosbag2: sqlite3 or mcap, compressed or not."""
    out: Path
    """Folder to write; must not exist."""
    instruction: str = ''
    """What the robot was told, instead of what the bags say; for bags that do not."""
    images: tuple[str, ...] = ()
    """Topics of the cameras; by default the one that there is."""
    control_rate_hz: int = 5
    """Steps per second [Hz]."""
    failures: bool = False
    """Also take bags that were judged a failure when they were recorded."""
    keep_idle: bool = False
    """Do not trim what stands still before and after a motion."""

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        if not self.bags:
            raise ValueError('name at least one bag')
        if not 1 <= self.control_rate_hz <= 50:
            raise ValueError(f'control_rate_hz is {self.control_rate_hz}, expected 1 to 50')


class NoEpisodes(ValueError):
    """The bags hold nothing to train on; says why."""


@dataclass(frozen=True)
class _Bag:
    """A bag that was opened."""

    messages: BagMessages
    topics: Topics
    recording: Recording
    moments: Moments


def bags_to_lerobot(options: BagOptions) -> dict[str, Any]:
    """Write the data set; returns what is in meta/bags.json.

    A bag that cannot be read or does not fit the others is left out with the reason.

    Raises:
        BagError: A bag is not there.
        FileExistsError: The folder is there.
        NoEpisodes: There is nothing to write.
    """
    for path in options.bags:
        if not path.exists():
            raise BagError(f'there is no bag {path}')
    with ExitStack() as opened:
        conversion = _Conversion(options, opened)
        for path in tqdm(options.bags, unit='bag', disable=None):
            conversion.take(path)
        return conversion.finish()


class _Conversion:
    """A data set in the making, and what came of each bag."""

    def __init__(self, options: BagOptions, opened: ExitStack) -> None:
        """Begin nothing yet: the first pictures say how large they are.

        Args:
            options: What is asked for.
            opened: Closes the data set.
        """
        self._options, self._opened = options, opened
        self._writer: LeRobotWriter | None = None
        self._told: dict[str, Any] = {'bags': [], 'episodes': []}

    def take(self, path: Path) -> None:
        """Add the episodes of a bag, or say why there are none."""
        entry: dict[str, Any] = {
            'bag': str(path),
            'sha256': '',
            'episodes': 0,
            'idle_steps_trimmed': 0,
            'steps_without_joints': 0,
            'left_out': [],
            'notices': [],
        }
        self._told['bags'].append(entry)
        try:
            messages = BagMessages(path)
            entry['sha256'] = messages.sha256()
            entry['notices'] += _how_it_ended(messages)
            outcome = messages.custom_data().get(OUTCOME, '')
            if outcome == 'failure' and not self._options.failures:
                raise BagError('judged a failure; --failures takes it nevertheless')
            self._add(_open(messages, self._options), entry)
        except (BagError, BadData) as error:
            entry['left_out'].append(str(error))

    def finish(self) -> dict[str, Any]:
        """Return what came of it, which is in the data set as well.

        Raises:
            NoEpisodes: Nothing came of it.
        """
        if self._writer is None or not self._told['episodes']:
            raise NoEpisodes(_why_nothing(self._told))
        self._writer.add_file(SOURCES_FILE, json.dumps(self._told, indent=2) + '\n')
        return self._told

    def _add(self, bag: _Bag, entry: dict[str, Any]) -> None:
        options = self._options
        if bag.recording.joints is None:
            raise BagError('no joint states of the arm: nobody can tell what it did')
        steps = [step for step in map(bag_step(bag), bag.moments) if step is not None]
        pieces = cut(steps, period_s=1.0 / options.control_rate_hz, keep_idle=options.keep_idle)
        entry['idle_steps_trimmed'] = pieces.num_idle
        entry['steps_without_joints'] = pieces.num_unknown
        entry['left_out'] += pieces.left_out
        entry['notices'] += [*bag.messages.notices, *bag.moments.left_out()]
        if bag.recording.joints is not None and bag.recording.gripper is None:
            entry['notices'].append(
                'no commands to the gripper (no action_chunk): it is labelled with where it was, '
                'which says little of how firmly it was to hold'
            )
        if any(episode.instruction == TELEOPERATED for episode in pieces.episodes):
            entry['notices'].append(
                f"nobody said what was being done: its task is '{TELEOPERATED}'; convert it "
                'apart, with --instruction'
            )
        pictures = iter(bag.moments)
        for episode in pieces.episodes:
            frames = _frames(pictures, [step.time_s for step in episode.steps])
            first = next(frames)
            if self._writer is None:
                self._writer = self._opened.enter_context(_writer(options, bag.topics, first))
            self._writer.add_episode(
                frames=_again(first, frames),
                states_TS=episode.states_TS,
                actions_TA=episode.actions_TA,
                task=episode.instruction,
            )
            entry['episodes'] += 1
            self._told['episodes'].append(
                {
                    'bag': entry['bag'],
                    'begins_s': episode.steps[0].time_s,
                    'steps': len(episode.steps),
                    'instruction': episode.instruction,
                }
            )


def bag_step(bag: _Bag) -> Any:
    """Return what makes a step of a moment; None where the arm's joints are not known."""

    def step(moment: Moment) -> RecordedStep | None:
        joints = bag.recording.joints
        if joints is None:
            return None
        q = np.full(6, np.nan) if moment.q is None else moment.q
        state_S = np.array([*q, joints.opening_at(moment.time_s)])
        return RecordedStep(moment.time_s, moment.instruction, state_S, moment.reference_HA[0])

    return step


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = parse(
        BagOptions, args, module='genvla_training.bags_to_lerobot', description=__doc__
    )
    with ends_with_a_sentence(
        *USER_ERRORS, BadData, BagError, NoEpisodes, ValueError, if_stopped='nothing is kept'
    ):
        told = bags_to_lerobot(options)
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


def _open(messages: BagMessages, options: BagOptions) -> _Bag:
    topics = choose_topics(
        messages.connections(), num_cameras=len(options.images) or 1, images=options.images
    )
    recording = read_recording(messages, topics)
    camera_rate_hz = 1.0 / recording.picture_period_s
    if options.control_rate_hz > _SAME_RATE * camera_rate_hz:
        raise BagError(
            f'control_rate_hz is {options.control_rate_hz}, but {topics.images[0]} has '
            f'{camera_rate_hz:.1f} pictures a second: a step needs a picture of its own'
        )
    asking = Asking(
        horizon=1,
        period_s=1.0 / options.control_rate_hz,
        instruction=options.instruction,
        frames=Frames.RATE,
        reference=Reference.REACHED,
    )
    return _Bag(messages, topics, recording, Moments(messages, topics, recording, asking))


def _how_it_ended(messages: BagMessages) -> list[str]:
    """Return what is to be known of a bag that was not closed, or not judged a success."""
    noted = messages.custom_data()
    found = []
    if messages.path.is_dir() and not (messages.path / 'metadata.yaml').exists():
        found.append('no metadata.yaml: its recorder was killed or had no room; it may break off')
    if noted.get(BROKE_OFF):
        found.append(f'its recording broke off: {noted[BROKE_OFF]}')
    if not noted.get(OUTCOME):
        found.append('nobody has judged it, success or failure')
    return found


def _writer(options: BagOptions, topics: Topics, frame: Sequence[Image]) -> LeRobotWriter:
    sizes = {
        _camera_name(topic): (image.shape[0], image.shape[1])
        for topic, image in zip(topics.images, frame, strict=True)
    }
    if len(sizes) < len(topics.images):
        raise BagError(f'two cameras would have one name: {", ".join(topics.images)}')
    return LeRobotWriter(
        options.out,
        fps=options.control_rate_hz,
        robot_type='vx300s',
        cameras=sizes,
        state_names=STATE_NAMES,
        action_names=ACTION_NAMES,
    )


def _camera_name(topic: str) -> str:
    """Return what comes before image_raw: /wrist/image_raw/compressed is the camera wrist."""
    parts = [part for part in topic.split('/') if part and part not in _NO_NAMES]
    return '_'.join(parts) or 'camera'


_NO_NAMES = ('image_raw', 'image_rect', 'compressed')


def _frames(moments: Iterator[Moment], times_s: Sequence[float]) -> Iterator[tuple[Image, ...]]:
    """Yield the pictures of some moments, which come in this order."""
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


def _why_nothing(told: dict[str, Any]) -> str:
    reasons = [
        f'{bag["bag"]}: {line}'
        for bag in told['bags']
        for line in (*bag['notices'], *bag['left_out'])
    ]
    return 'there is nothing to train on. ' + ('; '.join(reasons) or 'No arm moves in the bags')
