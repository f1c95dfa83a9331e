# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What happened in a recorded run, read back from its bag."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.highlevel import AnyReader

from genvla_bringup.bridge_news import BRIDGE, is_halted
from genvla_viperx import vx300s
from genvla_viperx.gripper import opening_from_finger
from genvla_viperx.kinematics import forward

Array = NDArray[np.float64]

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

# Joint noise at rest moves the tool by less than this: standing still is not travel.
_TRAVEL_DEADBAND_M = 0.001


class NotAnEpisode(ValueError):
    """A bag lacks what an episode is made of."""


@dataclass(frozen=True)
class Track:
    """A quantity over time: times `(N,)` [s since the epoch], values `(N, D)`."""

    times_s: Array
    values: Array

    @staticmethod
    def from_samples(samples: Sequence[tuple[float, Sequence[float]]], width: int) -> Track:
        """Returns the track of (time, value) pairs; an empty one keeps its width."""
        return Track(
            times_s=np.array([time for time, _ in samples], dtype=np.float64),
            values=np.array([value for _, value in samples], dtype=np.float64).reshape(-1, width),
        )

    def between(self, start_s: float, end_s: float) -> Track:
        """Returns the samples with start_s <= time <= end_s."""
        inside = (self.times_s >= start_s) & (self.times_s <= end_s)
        return Track(self.times_s[inside], self.values[inside])

    def latest(self, time_s: float) -> Array | None:
        """Returns the newest value at a time, None before the first."""
        index = int(np.searchsorted(self.times_s, time_s, side='right')) - 1
        return None if index < 0 else np.asarray(self.values[index])


@dataclass(frozen=True)
class RecordedChunk:
    """An action chunk as it arrived at the recorder; times in seconds since the epoch."""

    arrival_s: float
    capture_s: float
    inference_s: float
    sequence: int
    instruction: str
    text: str
    confidence: tuple[float, ...]
    actions: Array
    """Steps `(H, 7)`: dx dy dz [m], droll dpitch dyaw [rad] in the base frame, gripper 0..1."""


@dataclass(frozen=True)
class Halt:
    """A time in which the bridge executed nothing: from, to [s since the epoch], and why."""

    start_s: float
    end_s: float
    status: str
    """Such as `stopped: motor current too high: shoulder`."""


@dataclass(frozen=True)
class Episode:
    """One activation of the policy; the tracks and lists hold what happened within it."""

    start_s: float
    end_s: float
    chunks: tuple[RecordedChunk, ...]
    instructions: tuple[tuple[float, str], ...]
    """When an instruction came into force and what it was; the first was there at the start."""
    commanded: Track
    """End effector of each arm command `(N, 3)` [m], base frame."""
    measured: Track
    """End effector as the bridge measured it `(N, 3)` [m], base frame."""
    gripper: Track
    """Opening from joint_states `(N, 1)`, 0 closed to 1 open."""
    success: bool | None
    """Whether the simulator saw the task done at any time; None: nobody judged it."""
    lifted: tuple[tuple[float, str], ...]
    """When the simulator saw which object held in the air, in words; each time one is lifted."""
    bridge_statuses: tuple[tuple[float, str], ...]
    """What the bridge said of itself, and when; the first was there at the start."""
    diagnostics: Mapping[str, Mapping[str, str]]
    """The last figures of each node by its name."""

    @property
    def duration_s(self) -> float:
        """How long the policy was active."""
        return self.end_s - self.start_s

    @property
    def lifted_by_instruction(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each instruction, and what was lifted while it was in force."""
        ends_s = [time_s for time_s, _ in self.instructions[1:]] + [self.end_s]
        return tuple(
            (text, tuple(thing for at_s, thing in self.lifted if begin_s <= at_s < end_s))
            for (begin_s, text), end_s in zip(self.instructions, ends_s, strict=True)
        )

    @property
    def instruction_changes(self) -> int:
        """How often the instruction became another one while the policy was active."""
        texts = [text for _, text in self.instructions]
        return sum(before != after for before, after in pairwise(texts))

    @property
    def halts(self) -> tuple[Halt, ...]:
        """When the bridge was stopped or faulted, in order of time."""
        times_s = [time_s for time_s, _ in self.bridge_statuses]
        halts: list[Halt] = []
        for (start_s, status), end_s in zip(
            self.bridge_statuses, [*times_s[1:], self.end_s], strict=False
        ):
            if halts and (halts[-1].end_s, halts[-1].status) == (start_s, status):
                halts[-1] = replace(halts[-1], end_s=end_s)
            elif is_halted(status):
                halts.append(Halt(start_s, end_s, status))
        return tuple(halts)

    @property
    def stopped_s(self) -> float:
        """How long the bridge was stopped or faulted."""
        return sum(halt.end_s - halt.start_s for halt in self.halts)

    @property
    def ee_travel_m(self) -> float:
        """Length of the measured end-effector path."""
        return path_length(self.measured.values, _TRAVEL_DEADBAND_M)

    @property
    def inference_ms(self) -> Array:
        """Time each chunk took to compute, as the policy says."""
        return 1e3 * np.array([chunk.inference_s for chunk in self.chunks])

    @property
    def image_to_chunk_ms(self) -> Array:
        """From the capture of each chunk's image to the chunk's arrival."""
        return 1e3 * (self._arrivals_s - np.array([chunk.capture_s for chunk in self.chunks]))

    @property
    def chunk_to_command_ms(self) -> Array:
        """From a chunk's arrival to the first arm command after it, of the answered chunks."""
        return 1e3 * (self._first_commands_s - self._arrivals_s)[self.is_answered]

    @property
    def is_answered(self) -> NDArray[np.bool_]:
        """Whether a command followed each chunk before the next one arrived."""
        bounds_s = np.append(self._arrivals_s[1:], self.end_s)
        return np.asarray(self._first_commands_s <= bounds_s)

    @property
    def _arrivals_s(self) -> Array:
        return np.array([chunk.arrival_s for chunk in self.chunks], dtype=np.float64)

    @property
    def _first_commands_s(self) -> Array:
        """Time of the first command at or after each chunk; infinite if there is none."""
        first = np.searchsorted(self.commanded.times_s, self._arrivals_s)
        return np.append(self.commanded.times_s, np.inf)[first]


@dataclass(frozen=True)
class Frame:
    """One camera picture: `(H, W, 3)` uint8 rgb, and when it was taken [s since the epoch]."""

    time_s: float
    pixels: NDArray[np.uint8]


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


def path_length(points: Array, deadband_m: float) -> float:
    """Returns the length [m] of a path `(N, 3)`, leaving out motion below the deadband.

    A point counts once it is at least `deadband_m` from the last one that counted.
    """
    total = 0.0
    for index, point in enumerate(points):
        if index == 0:
            anchor = point
        step = float(np.linalg.norm(point - anchor))
        if step >= deadband_m:
            total += step
            anchor = point
    return total


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
        actions = [
            [*_xyz(action.translation), *_xyz(action.rotation), action.gripper]
            for action in message.actions
        ]
        self.chunks.append(
            RecordedChunk(
                arrival_s=time_s,
                capture_s=_seconds(message.header.stamp),
                inference_s=_seconds(message.inference_time),
                sequence=message.sequence,
                instruction=message.instruction,
                text=message.text,
                confidence=tuple(float(value) for value in message.confidence),
                actions=np.array(actions, dtype=np.float64).reshape(-1, 7),
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
