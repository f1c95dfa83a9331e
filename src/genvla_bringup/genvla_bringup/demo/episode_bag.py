# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Reads an episode and its camera pictures from the bag of a recorded run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.highlevel import AnyReader

from genvla_bringup.demo.episode import Episode, Frame, NotAnEpisode, RecordedChunk, Track
from genvla_command.end_effector_action import actions_from_msgs
from genvla_node.node_names import BRIDGE
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import opening_from_finger
from genvla_viperx.arm.kinematics import forward

CHUNKS = '/action_chunk'
COMMANDS = '/vx300s/commands/joint_group'
DIAGNOSTICS = '/diagnostics'
EE_POSE = '/ee_pose'
IMAGES = '/camera/image_raw'
INSTRUCTION = '/policy/instruction'
JOINT_STATES = '/vx300s/joint_states'
LIFTED = '/sim/lifted'
POLICY_TRANSITIONS = '/policy/transition_event'
SUCCESS = '/sim/success'

NEEDED_TOPICS = (CHUNKS, COMMANDS, EE_POSE, IMAGES, INSTRUCTION, JOINT_STATES, POLICY_TRANSITIONS)
"""What a recording must hold to be read as an episode."""

_NANOSECONDS = 1e-9


def read_episode(bag: Path) -> Episode:
    """Returns what happened while the policy was active for the last time.

    Raises:
        NotAnEpisode: a topic is missing from the bag, or the policy was never active.
    """
    samples = _Samples()
    with AnyReader([bag]) as reader:
        _require_topics(reader)
        connections = [c for c in reader.connections if c.topic in samples.readers]
        for connection, stamp_ns, data in reader.messages(connections=connections):
            message = reader.deserialize(data, connection.msgtype)
            samples.readers[connection.topic](stamp_ns * _NANOSECONDS, message)
        end_of_bag_s = reader.end_time * _NANOSECONDS
    start_s, end_s = active_interval(samples.transitions, end_of_bag_s)
    verdicts = [done for time_s, done in samples.verdicts if start_s <= time_s <= end_s]
    return Episode(
        start_s=start_s,
        end_s=end_s,
        chunks=tuple(chunk for chunk in samples.chunks if start_s <= chunk.arrival_s <= end_s),
        instructions=in_force(samples.instructions, start_s, end_s),
        commanded=Track.from_samples(samples.commanded, 3).between(start_s, end_s),
        measured=Track.from_samples(samples.measured, 3).between(start_s, end_s),
        gripper=Track.from_samples(samples.gripper, 1).between(start_s, end_s),
        success=any(verdicts) if verdicts else None,
        lifted=beginnings([each for each in samples.lifted if start_s <= each[0] <= end_s]),
        bridge_statuses=in_force(samples.bridge_statuses, start_s, end_s),
        diagnostics=samples.diagnostics,
    )


def read_frames(bag: Path, start_s: float, end_s: float) -> Iterator[Frame]:
    """Yields the camera's rgb8 pictures recorded from start to end, one at a time.

    Raises:
        NotAnEpisode: a picture has another encoding.
    """
    with AnyReader([bag]) as reader:
        connections = [c for c in reader.connections if c.topic == IMAGES]
        start_ns, end_ns = (round(time_s / _NANOSECONDS) for time_s in (start_s, end_s))
        for connection, stamp_ns, data in reader.messages(
            connections=connections, start=start_ns, stop=end_ns
        ):
            message = reader.deserialize(data, connection.msgtype)
            yield Frame(stamp_ns * _NANOSECONDS, _rgb(message))


def active_interval(
    transitions: Sequence[tuple[float, str]], end_of_bag_s: float
) -> tuple[float, float]:
    """Returns when a lifecycle node was last active.

    Args:
        transitions: (time, label of the state that was reached), oldest first.
        end_of_bag_s: the end of an activation that was never left.

    Raises:
        NotAnEpisode: it was never active.
    """
    starts = [index for index, (_, label) in enumerate(transitions) if label == 'active']
    if not starts:
        raise NotAnEpisode('the policy was never active in this recording')
    last = starts[-1]
    end_s = transitions[last + 1][0] if last + 1 < len(transitions) else end_of_bag_s
    return transitions[last][0], end_s


def in_force(
    texts: Sequence[tuple[float, str]], start_s: float, end_s: float
) -> tuple[tuple[float, str], ...]:
    """Returns the texts in force from start to end, each with the time at which it came in.

    The text that was in force at the start counts from the start.
    """
    before = [text for time_s, text in texts if time_s <= start_s]
    within = [(time_s, text) for time_s, text in texts if start_s < time_s <= end_s]
    return tuple([(start_s, before[-1]), *within] if before else within)


def beginnings(texts: Sequence[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """Returns when each text that is not empty began; it may go on for many samples."""
    before, begun = '', []
    for time_s, text in texts:
        if text and text != before:
            begun.append((time_s, text))
        before = text
    return tuple(begun)


class _Samples:
    """What one pass over a bag collects, by topic."""

    def __init__(self) -> None:
        self.chunks: list[RecordedChunk] = []
        self.commanded: list[tuple[float, Sequence[float]]] = []
        self.measured: list[tuple[float, Sequence[float]]] = []
        self.gripper: list[tuple[float, Sequence[float]]] = []
        self.instructions: list[tuple[float, str]] = []
        self.transitions: list[tuple[float, str]] = []
        self.verdicts: list[tuple[float, bool]] = []
        self.lifted: list[tuple[float, str]] = []
        self.bridge_statuses: list[tuple[float, str]] = []
        self.diagnostics: dict[str, dict[str, str]] = {}
        self.readers: Mapping[str, Callable[[float, Any], None]] = {
            CHUNKS: self._read_chunk,
            COMMANDS: self._read_command,
            DIAGNOSTICS: self._read_diagnostics,
            EE_POSE: self._read_pose,
            INSTRUCTION: self._read_instruction,
            JOINT_STATES: self._read_joint_states,
            LIFTED: self._read_lifted,
            POLICY_TRANSITIONS: self._read_transition,
            SUCCESS: self._read_verdict,
        }

    def _read_chunk(self, time_s: float, message: Any) -> None:
        self.chunks.append(
            RecordedChunk(
                arrival_s=time_s,
                capture_s=_seconds(message.header.stamp),
                inference_s=_seconds(message.inference_time),
                sequence=message.sequence,
                instruction=message.instruction,
                text=message.text,
                confidence=tuple(float(value) for value in message.confidence),
                actions=actions_from_msgs(message.actions),
            )
        )

    def _read_command(self, time_s: float, message: Any) -> None:
        if len(message.cmd) == vx300s.NUM_JOINTS:
            self.commanded.append((time_s, forward(message.cmd)[:3, 3].tolist()))

    def _read_pose(self, time_s: float, message: Any) -> None:
        self.measured.append((time_s, _xyz(message.pose.position)))

    def _read_joint_states(self, time_s: float, message: Any) -> None:
        if vx300s.LEFT_FINGER_NAME in message.name:
            finger = message.position[message.name.index(vx300s.LEFT_FINGER_NAME)]
            self.gripper.append((time_s, (opening_from_finger(float(finger)),)))

    def _read_instruction(self, time_s: float, message: Any) -> None:
        self.instructions.append((time_s, message.data))

    def _read_transition(self, time_s: float, message: Any) -> None:
        self.transitions.append((time_s, message.goal_state.label))

    def _read_verdict(self, time_s: float, message: Any) -> None:
        self.verdicts.append((time_s, bool(message.data)))

    def _read_lifted(self, time_s: float, message: Any) -> None:
        self.lifted.append((time_s, message.data))

    def _read_diagnostics(self, time_s: float, message: Any) -> None:
        for status in message.status:
            if not status.values:
                continue  # a node that is not configured, such as after it was shut down
            if status.name == BRIDGE:
                self.bridge_statuses.append((time_s, status.message))
            self.diagnostics[status.name] = {v.key: v.value for v in status.values}


def _require_topics(reader: AnyReader) -> None:
    missing = [topic for topic in NEEDED_TOPICS if topic not in reader.topics]
    if missing:
        raise NotAnEpisode(
            f'the bag has no {", ".join(missing)}; it holds {", ".join(sorted(reader.topics))}'
        )


def _rgb(message: Any) -> NDArray[np.uint8]:
    if message.encoding != 'rgb8':
        raise NotAnEpisode(f'camera pictures are {message.encoding}; expected rgb8')
    rows = np.asarray(message.data, dtype=np.uint8).reshape(message.height, message.step)
    return rows[:, : 3 * message.width].reshape(message.height, message.width, 3)


def _xyz(vector: Any) -> tuple[float, float, float]:
    return vector.x, vector.y, vector.z


def _seconds(stamp: Any) -> float:
    return float(stamp.sec + stamp.nanosec * _NANOSECONDS)
