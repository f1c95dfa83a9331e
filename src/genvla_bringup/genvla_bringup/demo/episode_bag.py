# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read an episode and its camera images from the bag of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
import math
from pathlib import Path

from genvla_bags.bag_messages import BagError, BagMessages, Message
from genvla_bags.joint_track import opening_of
from genvla_bags.recorded_chunk import RecordedChunk, chunk_of
from genvla_bags.stamps import stamp_ns
from genvla_bags.topics import (
    CHUNKS_TOPIC,
    COMMANDS_TOPIC,
    DIAGNOSTICS_TOPIC,
    EE_POSE_TOPIC,
    EXECUTED_TOPIC,
    IMAGES_TOPIC,
    INSTRUCTION_TOPIC,
    JOINTS_TOPIC,
    LIFTED_TOPIC,
    POLICY_TRANSITIONS_TOPIC,
    SUCCESS_TOPIC,
)
from genvla_bringup.demo.episode import DemoEpisode, ExecutedStep, Frame, NotAnEpisode, Track
from genvla_node.node_names import BRIDGE
from genvla_policy.images.camera_image import image_from_fields
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.kinematics import forward

NEEDED_TOPICS = (
    CHUNKS_TOPIC,
    COMMANDS_TOPIC,
    EE_POSE_TOPIC,
    IMAGES_TOPIC,
    INSTRUCTION_TOPIC,
    JOINTS_TOPIC,
    POLICY_TRANSITIONS_TOPIC,
)
"""Topics that a recording must contain to be read as an episode."""


def read_episode(path: Path) -> DemoEpisode:
    """Return the events and measurements of the policy's last activation.

    Raises:
        BagError: The bag is incomplete.
        NotAnEpisode: A topic is missing from the bag, or the policy was never active.
    """
    bag = BagMessages(path)
    _require_topics(bag)
    samples = _Samples()
    for message in bag.read(samples.readers):
        samples.readers[message.topic](message)
    if bag.notices:
        raise BagError('; '.join(bag.notices))
    start_s, end_s = active_interval(samples.transitions, bag.end_s())
    verdicts = [done for time_s, done in samples.verdicts if start_s <= time_s <= end_s]
    return DemoEpisode(
        start_s=start_s,
        end_s=end_s,
        chunks=tuple(chunk for chunk in samples.chunks if start_s <= chunk.arrival_s <= end_s),
        instructions=in_force(samples.instructions, start_s, end_s),
        executed=tuple(each for each in samples.executed if start_s <= each.begin_s <= end_s),
        commanded=Track.from_samples(samples.commanded, 3).between(start_s, end_s),
        measured=Track.from_samples(samples.measured, 3).between(start_s, end_s),
        gripper=Track.from_samples(samples.gripper, 1).between(start_s, end_s),
        success=any(verdicts) if verdicts else None,
        lifted=beginnings([each for each in samples.lifted if start_s <= each[0] <= end_s]),
        bridge_statuses=in_force(samples.bridge_statuses, start_s, end_s),
        diagnostics=samples.diagnostics,
    )


def read_frames(path: Path, start_s: float, end_s: float) -> Iterator[Frame]:
    """Yield the camera images recorded from start to end, one at a time.

    Raises:
        BagError: The bag cannot be read.
        ImageConversionError: An image has an unsupported encoding.
    """
    for message in BagMessages(path).read([IMAGES_TOPIC], start_s=start_s, end_s=end_s):
        yield Frame(message.received_s, image_from_fields(message.body))


def active_interval(
    transitions: Sequence[tuple[float, str]], end_of_bag_s: float
) -> tuple[float, float]:
    """Return the start and end of a lifecycle node's last activation.

    Args:
        transitions: (time, label of the state that was reached), oldest first.
        end_of_bag_s: End time if the node was still active at the end of the bag.

    Raises:
        NotAnEpisode: The node was never active.
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
    """Return the texts active from start to end, each with the time at which it took effect.

    The text that was active at the start gets the start time.
    """
    before = [text for time_s, text in texts if time_s <= start_s]
    within = [(time_s, text) for time_s, text in texts if start_s < time_s <= end_s]
    return tuple([(start_s, before[-1]), *within] if before else within)


def beginnings(texts: Sequence[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """Return when each text that is not empty began; a text may last for many samples."""
    before, begun = '', []
    for time_s, text in texts:
        if text and text != before:
            begun.append((time_s, text))
        before = text
    return tuple(begun)


class _Samples:
    """The data that one pass over a bag collects, by topic."""

    def __init__(self) -> None:
        self.chunks: list[RecordedChunk] = []
        self.executed: list[ExecutedStep] = []
        self.commanded: list[tuple[float, Sequence[float]]] = []
        self.measured: list[tuple[float, Sequence[float]]] = []
        self.gripper: list[tuple[float, Sequence[float]]] = []
        self.instructions: list[tuple[float, str]] = []
        self.transitions: list[tuple[float, str]] = []
        self.verdicts: list[tuple[float, bool]] = []
        self.lifted: list[tuple[float, str]] = []
        self.bridge_statuses: list[tuple[float, str]] = []
        self.diagnostics: dict[str, dict[str, str]] = {}
        self.readers: Mapping[str, Callable[[Message], None]] = {
            CHUNKS_TOPIC: lambda message: self.chunks.append(chunk_of(message)),
            COMMANDS_TOPIC: self._read_command,
            DIAGNOSTICS_TOPIC: self._read_diagnostics,
            EE_POSE_TOPIC: self._read_pose,
            EXECUTED_TOPIC: self._read_executed,
            INSTRUCTION_TOPIC: lambda m: self.instructions.append((m.received_s, m.body.data)),
            JOINTS_TOPIC: self._read_joint_states,
            LIFTED_TOPIC: lambda m: self.lifted.append((m.received_s, m.body.data)),
            POLICY_TRANSITIONS_TOPIC: lambda m: self.transitions.append(
                (m.received_s, m.body.goal_state.label)
            ),
            SUCCESS_TOPIC: lambda m: self.verdicts.append((m.received_s, bool(m.body.data))),
        }

    def _read_command(self, message: Message) -> None:
        joints = message.body.cmd
        if len(joints) == vx300s.NUM_JOINTS:
            self.commanded.append((message.received_s, forward(joints)[:3, 3].tolist()))

    def _read_executed(self, message: Message) -> None:
        body = message.body
        begin_s = stamp_ns(body.header) * 1e-9
        self.executed.append(ExecutedStep(begin_s, body.chunk_sequence, body.chunk_step))

    def _read_pose(self, message: Message) -> None:
        point = message.body.pose.position
        self.measured.append((message.received_s, (point.x, point.y, point.z)))

    def _read_joint_states(self, message: Message) -> None:
        opening = opening_of(message.body)
        if not math.isnan(opening):
            self.gripper.append((message.received_s, (opening,)))

    def _read_diagnostics(self, message: Message) -> None:
        for status in message.body.status:
            if not status.values:
                continue  # not configured, for example after its shutdown
            if status.name == BRIDGE:
                self.bridge_statuses.append((message.received_s, status.message))
            self.diagnostics[status.name] = {v.key: v.value for v in status.values}


def _require_topics(bag: BagMessages) -> None:
    held = {connection.topic for connection in bag.connections()}
    missing = [topic for topic in NEEDED_TOPICS if topic not in held]
    if missing:
        raise NotAnEpisode(
            f'the bag has no {", ".join(missing)}; it contains {", ".join(sorted(held))}'
        )
