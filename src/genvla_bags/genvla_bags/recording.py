# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a bag holds beside its pictures: instructions, chunks, joints, where the camera is."""

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
"""What a recorder of episodes notes of the instruction, and from where it has it."""
FROM_START = 'start'
"""It was given when the recording began, not heard on a topic."""
OUTCOME = 'outcome'
"""How an episode was judged: success, failure or nothing."""
BROKE_OFF = 'broke_off'
"""What the recorder notes of a failure such as a full disk."""


@dataclass(frozen=True, eq=False)
class Recording:
    """What was read of a bag in one go; the pictures come after.

    Attributes:
        chunks: By the stamp of the picture that they answer; the last where there are several.
        instructions: (time [s], text), oldest first; one that was given when the recording began
            is in force from the beginning, whatever was published.
        deltas: Single commands; None: there are none.
        joints: Where the arm was; None: nobody said.
        gripper: What the gripper was told; None: no chunk said so.
        view: What the first camera shows; None: the bag does not say.
        why_no_view: A sentence; empty: there is one.
        image_clocks: Of the topics of pictures.
        start_s: Time of the first picture [s]; infinite: there are none.
        end_s: Time of the last picture [s].
        num_pictures: Of the first camera.
        picture_period_s: Between two of them, the median [s]; NaN: there are not two.
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
        """Return the instruction in force; empty: none yet."""
        before = [text for since_s, text in self.instructions if since_s <= time_s]
        return before[-1] if before else ''

    def reached_actions(self, time_s: float, *, num_steps: int, period_s: float) -> Array:
        """Return the actions that lead from each reached pose to the next, as labels.

        BridgeData relabels the motion alone: its gripper is the command. So it is here, where one
        is in force; fingers that hold something rest where it stops them, and the place says
        nothing of how firmly. Before the first command the gripper is where it is.

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
    """Read everything but the pixels; what is odd is added to the bag's notices."""
    collected = _Collected(topics, bag.custom_data())
    for message in bag.read((*topics.small, *topics.images)):
        collected.take(message)
    recording = collected.finish()
    bag.notices += collected.notices
    return recording


class _Collected:
    """What one pass over a bag finds."""

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
        self._last_stamp_ns = 0  # That of a picture without a stamp, too.
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
                'first picture: until then there is nothing to compare with'
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
        """Return the chunks whose picture can be told by its stamp."""
        if self._chunks and self._has_repeated_stamps:
            self.notices.append(
                f'pictures of {self._topics.images[0]} have no stamps, or the same: which of them '
                f'the {len(self._chunks)} recorded chunks answer cannot be told; they are left out'
            )
            return {}
        found = {
            stamp: each
            for stamp, each in self._chunks.items()
            if stamp in self._stamps_of_pictures
        }
        if missing := len(self._chunks) - len(found):
            self.notices.append(
                f'{missing} recorded chunks answer pictures that are not in the bag and are left '
                'out'
            )
        return found

    def _view(self) -> tuple[CameraView | None, str]:
        """Return what the first camera shows, or why nobody can tell."""
        if self._info is None:
            return (
                None,
                'no camera_info of the first camera: paths are not drawn into its pictures',
            )
        mount = mount_of(self._transforms, camera_frame=self._info.header.frame_id)
        if mount is None:
            return None, (
                f'{self._topics.transforms or "/tf_static"} does not say where the frame '
                f'{self._info.header.frame_id} is: paths are not drawn into its pictures'
            )
        if 0 in (self._info.width, self._info.height):
            return None, 'camera_info has no size: paths are not drawn into the pictures'
        if not is_calibrated(self._info):
            return None, (
                'the first camera is not calibrated (K of its camera_info is 0): paths are not '
                'drawn into its pictures'
            )
        return view_of(self._info, mount), ''


def instructions_in_force(
    heard: Sequence[tuple[float, str]], noted: Mapping[str, str]
) -> tuple[tuple[float, str], ...]:
    """Return what the robot was told over time.

    Args:
        heard: (time [s], text) on policy/instruction, oldest first.
        noted: The bag's custom data. One that does not say from where it has the instruction was
            given it, if nobody published the same.
    """
    instruction = noted.get(INSTRUCTION, '')
    was_heard = any(text == instruction for _, text in heard)
    if instruction and (noted.get(INSTRUCTION_FROM) == FROM_START or not was_heard):
        return ((-np.inf, instruction),)
    return tuple(heard)


def _median_step(times_s: Sequence[float]) -> float:
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else float('nan')
