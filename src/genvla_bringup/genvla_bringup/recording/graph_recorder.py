# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Record every topic of the graph into a rosbag2 (mcap), without the rosbag2 packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import importlib
from pathlib import Path
import sys
from typing import Any

from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from rclpy.utilities import remove_ros_args
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionMode
import tyro

from genvla_bags.bag_writer import BagWriter, UnknownMessageType
from genvla_bags.topics import raw_topic
from genvla_command.command_line import parse
from genvla_node.main import run

_DISCOVERY_PERIOD_S = 0.2

# Absorbs a disk stall of one second at a camera's 30 Hz. Together with the number of topics, it
# bounds the recorder's memory.
_QUEUE_DEPTH = 30


@dataclass(frozen=True)
class RecorderOptions:
    """Where to write the recording."""

    bag: tyro.conf.Positional[Path]
    """Folder to write; must not exist."""

    def __post_init__(self) -> None:
        """Reject a folder that exists."""
        if self.bag.exists():
            raise ValueError(f'{self.bag} already exists; name a new folder')


class Recorder(Node):
    """Writes the serialised messages of all topics, stamped with their arrival time.

    The recorder finds topics as they appear. Like `ros2 bag record`, it skips hidden topics: those
    with a part of the name that starts with an underscore. It also skips the topics that
    image_transport derives from raw images, because a subscription would start every encoder. The
    quality of service matches the publishers that exist when a topic is found. Image data is
    compressed (zstd, per chunk of the file).

    Threads: every callback is in the node's only group, and the callback that receives a message
    writes it to the file. The subscription's queue is the only queue. Spin the node alone, in a
    single-threaded executor.
    """

    def __init__(
        self, bag: Path, *, custom_data: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        """Open the bag and start to look for topics.

        Args:
            bag: Folder to write; must not exist.
            custom_data: Entries for the custom data in the bag's metadata.
            **kwargs: Passed on to Node.

        Raises:
            rosbags.rosbag2.WriterError: The folder exists.
        """
        super().__init__('recorder', **kwargs)
        self._encoded: dict[str, Subscription] = {}
        self._skipped: set[str] = set()
        self._open = True
        self._writer = BagWriter(bag, compression=CompressionMode.STORAGE, custom_data=custom_data)
        self.create_timer(_DISCOVERY_PERIOD_S, self._discover)

    @property
    def topics(self) -> frozenset[str]:
        """Names of the topics recorded so far, absolute."""
        return self._writer.topics

    @property
    def message_count(self) -> int:
        """Number of messages written so far."""
        return self._writer.message_count

    def count(self, topic: str) -> int:
        """Return the number of messages of one topic written so far."""
        return self._writer.count(topic)

    def describe(self, key: str, value: str) -> None:
        """Add an entry to the custom data, which is written when the bag is closed."""
        self._writer.describe(key, value)

    def close(self) -> None:
        """Write the index and close the bag; only a closed bag can be read."""
        if self._open:
            self._open = False
            self._writer.close()

    def destroy_node(self) -> None:
        """Close the bag, then destroy the node."""
        self.close()
        super().destroy_node()

    def _discover(self) -> None:
        for topic, types in self.get_topic_names_and_types():
            seen = topic in self.topics or topic in self._skipped
            hidden = any(part.startswith('_') for part in topic.split('/'))
            if self._is_published_raw(topic):
                self._let_go(topic)
            elif not seen and not hidden:
                self._record(topic, types)

    def _is_published_raw(self, topic: str) -> bool:
        raw = raw_topic(topic)
        return raw != topic and self.count_publishers(raw) > 0

    def _let_go(self, topic: str) -> None:
        """Unsubscribe from encoded images that appeared before the raw ones."""
        subscription = self._encoded.pop(topic, None)
        if subscription is not None:
            self.destroy_subscription(subscription)

    def _record(self, topic: str, types: Sequence[str]) -> None:
        publishers = [
            info.qos_profile
            for info in self.get_publishers_info_by_topic(topic)
            if info.node_name != self.get_name()
        ]
        if not publishers:
            return
        try:
            if len(types) > 1:
                raise UnknownMessageType(f'published as {" and as ".join(types)}')
            message_type = message_class(types[0])
            self._writer.add_topic(
                topic, types[0], qos=[qos_for_bag(profile) for profile in publishers]
            )
        except UnknownMessageType as error:
            self._skipped.add(topic)
            self.get_logger().error(f'{topic} is not recorded: {error}')
            return

        def write(data: bytes, info: Mapping[str, int]) -> None:
            if self._open:
                self._writer.write_serialized(topic, data, info['received_timestamp'])

        subscription = self.create_subscription(
            message_type, topic, write, qos_that_matches(publishers), raw=True
        )
        if raw_topic(topic) != topic:
            self._encoded[topic] = subscription


def message_class(name: str) -> type:
    """Return the Python class of a message such as `sensor_msgs/msg/Image`.

    Raises:
        UnknownMessageType: The message's package is not installed, or has no such message.
    """
    package, kind, short = name.split('/')
    try:
        found: type = getattr(importlib.import_module(f'{package}.{kind}'), short)
    except (ImportError, AttributeError) as error:
        raise UnknownMessageType(
            f'message {name} is not installed; build {package} and source it'
        ) from error
    return found


def qos_that_matches(publishers: Sequence[QoSProfile]) -> QoSProfile:
    """Return the strictest profile that is compatible with every publisher."""
    reliable = all(p.reliability == ReliabilityPolicy.RELIABLE for p in publishers)
    latched = all(p.durability == DurabilityPolicy.TRANSIENT_LOCAL for p in publishers)
    return QoSProfile(
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        history=HistoryPolicy.KEEP_LAST,
        depth=_QUEUE_DEPTH,
    )


def qos_for_bag(profile: QoSProfile) -> Qos:
    """Return a publisher's profile, as `ros2 bag play` will offer it."""
    return Qos(
        history=QosHistory[profile.history.name],
        depth=profile.depth,
        reliability=QosReliability[profile.reliability.name],
        durability=QosDurability[profile.durability.name],
        deadline=_qos_time(profile.deadline),
        lifespan=_qos_time(profile.lifespan),
        liveliness=QosLiveliness[profile.liveliness.name],
        liveliness_lease_duration=_qos_time(profile.liveliness_lease_duration),
        avoid_ros_namespace_conventions=profile.avoid_ros_namespace_conventions,
    )


def _qos_time(duration: Duration) -> QosTime:
    return QosTime(*divmod(duration.nanoseconds, 1_000_000_000))


def main(args: Sequence[str] | None = None) -> int:
    """Record until shutdown; the command line names the folder to write."""
    options = parse(
        RecorderOptions,
        remove_ros_args(sys.argv if args is None else args)[1:],
        module='genvla_bringup.recording.graph_recorder',
        description=__doc__,
    )
    # Use one thread: with this many subscriptions, a multi-threaded executor uses four times the
    # CPU and falls seconds behind, so that the queues overflow.
    return run(lambda: [Recorder(options.bag)], args, make_executor=SingleThreadedExecutor)


if __name__ == '__main__':
    raise SystemExit(main())
