# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The contents of a bag except its images: instructions, chunks, joints, the camera's pose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_bags.bag_messages import BagMessages, Message
from genvla_bags.camera_view import CameraView, is_calibrated, mount_of, view_of
from genvla_bags.delta_track import DeltaTrack
from genvla_bags.gripper_track import GripperTrack
from genvla_bags.joint_track import JointSamples, JointTrack
from genvla_bags.recorded_chunk import TELEOPERATION, RecordedChunk, chunk_of
from genvla_bags.stamps import TopicClock, stamp_ns, stamp_s
from genvla_bags.topics import Topics
from genvla_command.end_effector_action import ACTION_DIM, GRIPPER, action_from_msg

Array = NDArray[np.float64]

INSTRUCTION, INSTRUCTION_FROM = 'instruction', 'instruction_from'
"""Custom-data keys of the instruction that an episode recorder notes, and of its source."""
FROM_START = 'start'
"""Source of an instruction that was set when recording began, not received on a topic."""
OUTCOME = 'outcome'
"""Custom-data key of the verdict on an episode: success, failure or nothing."""
BROKE_OFF = 'broke_off'
"""Custom-data key of the failure that stopped the recorder, such as a full disk."""


@dataclass(frozen=True, eq=False)
class Recording:
    """The contents of a bag after one pass; its images are read later.

    Attributes:
        chunks: By the stamp of the image that they answer; the last one if several answer it.
        instructions: (time [s], text), oldest first. An instruction that was set when recording
            began is in force from the start and overrides published ones.
        deltas: Single commands; None if there are none.
        joints: Measured joints; None if there are none.
        gripper: Gripper commands; None if no chunk has any.
        view: View of the first camera; None if unknown.
        why_no_view: Why there is no view, as a sentence; empty if there is one.
        image_clocks: Clock of each image topic.
        start_s: Time of the first image [s]; infinite if there are none.
        end_s: Time of the last image [s]; minus infinity if there are none.
        num_pictures: Number of images of the first camera.
        picture_period_s: Median time between two of them [s]; NaN if there are fewer than two.
    """

    chunks: dict[int, RecordedChunk]
    instructions: tuple[tuple[float, str], ...]
    deltas: DeltaTrack | None
    joints: JointTrack | None
    gripper: GripperTrack | None
    view: CameraView | None
    why_no_view: str
    image_clocks: dict[str, TopicClock]
    start_s: float
    end_s: float
    num_pictures: int
    picture_period_s: float

    def instruction_at(self, time_s: float) -> str:
        """Return the instruction in force; empty before the first one."""
        before = [text for since_s, text in self.instructions if since_s <= time_s]
        return before[-1] if before else ''

    def reached_actions(self, time_s: float, *, num_steps: int, period_s: float) -> Array:
        """Return the actions from each measured pose to the next, with the commanded gripper.

        BridgeData relabels only the motion; its gripper value is the command. This method does the
        same where a command is in force. Fingers stop at the object that they hold, so their
        measured opening does not show how firmly they grip. Before the first command, the measured
        opening is used.

        Returns:
            (H, 7) as JointTrack.reached_actions.
        """
        if self.joints is None:
            return np.full((num_steps, ACTION_DIM), np.nan)
        actions = self.joints.reached_actions(time_s, num_steps=num_steps, period_s=period_s)
        if self.gripper is not None:
            told_H = self.gripper.commanded(time_s, num_steps=num_steps, period_s=period_s)
            told_H = np.where(np.isnan(actions[:, 0]), np.nan, told_H)
            actions[:, GRIPPER] = np.where(np.isnan(told_H), actions[:, GRIPPER], told_H)
        return actions


def read_recording(bag: BagMessages, topics: Topics) -> Recording:
    """Read everything except the pixels; problems are added to the bag's notices."""
    collected = _Collected(topics, bag.custom_data())
    for message in bag.read((*topics.small, *topics.images)):
        collected.take(message)
    recording = collected.finish()
    bag.notices += collected.notices
    return recording


class _Collected:
    """Collects what one pass over a bag finds."""

    def __init__(self, topics: Topics, noted: Mapping[str, str]) -> None:
        self.notices: list[str] = []
        self._topics = topics
        self._noted = noted
        self._chunks: dict[int, RecordedChunk] = {}
        self._commands: list[RecordedChunk] = []
        self._instructions: list[tuple[float, str]] = []
        self._bridge_states: list[tuple[float, str]] = []
        self._deltas: list[tuple[float, list[float]]] = []
        self._joints = JointSamples(topics.joints)
        self._info: Any = None
        self._transforms: list[Any] = []
        self._clocks = {topic: TopicClock(topic) for topic in topics.images}
        self._pictures: list[tuple[float, float]] = []
        self._last_stamp_ns = 0  # So an image without a stamp counts as a repeated stamp.
        self._has_repeated_stamps = False
        self._stamps_of_pictures: set[int] = set()

    def take(self, message: Message) -> None:
        topics, body = self._topics, message.body
        if message.topic in topics.images:
            taken_s = stamp_s(body.header)
            if message.topic == topics.images[0]:
                stamp = stamp_ns(body.header)
                self._has_repeated_stamps |= stamp == self._last_stamp_ns
                self._last_stamp_ns = stamp
                self._stamps_of_pictures.add(stamp)
            self._clocks[message.topic].watch(taken_s, message.received_s)
            if message.topic == topics.images[0]:
                self._pictures.append((taken_s, message.received_s))
        elif message.topic == topics.chunks:
            chunk = chunk_of(message)
            self._commands.append(chunk)
            if chunk.checkpoint != TELEOPERATION:
                self._chunks[chunk.stamp_ns] = chunk
        elif message.topic == topics.deltas:
            self._deltas.append((message.received_s, action_from_msg(body)))
        elif message.topic == topics.joints:
            self._joints.take(message)
        elif message.topic == topics.instruction:
            self._instructions.append((message.received_s, str(body.data)))
        elif message.topic == topics.bridge_state:
            self._bridge_states.append((message.received_s, str(body.data)))
        elif message.topic == topics.camera_info and self._info is None:
            self._info = body
        elif message.topic == topics.transforms:
            self._transforms += body.transforms

    def finish(self) -> Recording:
        first = self._clocks[self._topics.images[0]]
        times_s = [first.time_s(*each) for each in self._pictures]
        self.notices += [clock.notice for clock in self._clocks.values() if clock.notice]
        chunks = self._matched_chunks()
        joints = self._joints.track()
        self.notices += self._joints.notices
        start_s, end_s = (min(times_s), max(times_s)) if times_s else (float('inf'), -float('inf'))
        if joints is not None and joints.times_s[0] > start_s + 1.0:
            self.notices.append(
                f'{self._topics.joints} begins {joints.times_s[0] - start_s:.1f} s after the '
                'first image: until then, the motion of the arm is unknown'
            )
        view, why_no_view = self._view()
        return Recording(
            chunks=chunks,
            instructions=instructions_in_force(self._instructions, self._noted),
            deltas=self._delta_track(),
            joints=joints,
            gripper=GripperTrack.of(self._commands, self._bridge_states),
            view=view,
            why_no_view=why_no_view,
            image_clocks=self._clocks,
            start_s=start_s,
            end_s=end_s,
            num_pictures=len(times_s),
            picture_period_s=_median_step(times_s),
        )

    def _delta_track(self) -> DeltaTrack | None:
        if not self._deltas:
            return None
        ordered = sorted(self._deltas, key=lambda delta: delta[0])
        times_s, actions = zip(*ordered, strict=True)
        return DeltaTrack(np.array(times_s), np.array(actions, dtype=np.float64))

    def _matched_chunks(self) -> dict[int, RecordedChunk]:
        """Return the chunks whose image can be identified by its stamp."""
        if self._chunks and self._has_repeated_stamps:
            self.notices.append(
                f'images of {self._topics.images[0]} have no stamps, or repeated ones: '
                f'{len(self._chunks)} recorded chunks cannot be matched to images and are skipped'
            )
            return {}
        found = {
            stamp: each
            for stamp, each in self._chunks.items()
            if stamp in self._stamps_of_pictures
        }
        if missing := len(self._chunks) - len(found):
            self.notices.append(
                f'{missing} recorded chunks are skipped: they answer images that are not in '
                'the bag'
            )
        return found

    def _view(self) -> tuple[CameraView | None, str]:
        """Return the view of the first camera, or the reason why it is unknown."""
        if self._info is None:
            return (
                None,
                'no camera_info of the first camera: paths are not drawn into its images',
            )
        mount = mount_of(self._transforms, camera_frame=self._info.header.frame_id)
        if mount is None:
            return None, (
                f'{self._topics.transforms or "/tf_static"} does not connect the frame '
                f'{self._info.header.frame_id} to base_link: paths are not drawn into its images'
            )
        if 0 in (self._info.width, self._info.height):
            return None, 'camera_info has no size: paths are not drawn into the images'
        if not is_calibrated(self._info):
            return None, (
                'the first camera is not calibrated (K of its camera_info is 0): paths are not '
                'drawn into its images'
            )
        return view_of(self._info, mount), ''


def instructions_in_force(
    heard: Sequence[tuple[float, str]], noted: Mapping[str, str]
) -> tuple[tuple[float, str], ...]:
    """Return the robot's instructions over time.

    Args:
        heard: (time [s], text) on policy/instruction, oldest first.
        noted: The bag's custom data. Its instruction counts as set at the start if its source is
            FROM_START, or if nobody published the same text.
    """
    instruction = noted.get(INSTRUCTION, '')
    was_heard = any(text == instruction for _, text in heard)
    if instruction and (noted.get(INSTRUCTION_FROM) == FROM_START or not was_heard):
        return ((-np.inf, instruction),)
    return tuple(heard)


def _median_step(times_s: Sequence[float]) -> float:
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else float('nan')
