# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The only writer of bags, and the lookup of message definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.interfaces import Connection, Nodetype, Qos
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore

from genvla_bags.bag_messages import BagError


class UnknownMessageType(BagError):
    """A message type has no definition in this installation."""


class BagWriter:
    """Writes one rosbag2 bag, message by message, until `close` or the end of a `with` block.

    Message types are named as in `sensor_msgs/msg/Image`. rosbags ships the definitions of ROS 2
    Jazzy's own packages. The definitions of other packages are read from a sourced installation,
    or from a package beside this one in the source tree.
    """

    def __init__(
        self,
        folder: Path,
        *,
        storage: StoragePlugin = StoragePlugin.MCAP,
        compression: CompressionMode = CompressionMode.NONE,
        custom_data: Mapping[str, str] | None = None,
    ) -> None:
        """Open the bag.

        Args:
            folder: Folder to write; must not exist.
            storage: Storage format of the files.
            compression: What zstd compresses.
            custom_data: Entries for the custom data in the bag's metadata.

        Raises:
            rosbags.rosbag2.WriterError: The folder exists.
        """
        self._typestore = get_typestore(Stores.ROS2_JAZZY)
        self._connections: dict[str, Connection] = {}
        self._writer = Writer(folder, version=9, storage_plugin=storage)
        self._writer.set_compression(compression, CompressionFormat.ZSTD)
        for key, value in (custom_data or {}).items():
            self.describe(key, value)
        self._writer.open()

    def __enter__(self) -> BagWriter:
        """Return the open bag."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the bag; after an error, leave it incomplete, without its metadata."""
        self._writer.__exit__(kind, error, trace)

    def close(self) -> None:
        """Write the index and the metadata; a bag is complete only once it is closed."""
        self._writer.close()

    @property
    def topics(self) -> frozenset[str]:
        """Names of the topics added so far."""
        return frozenset(self._connections)

    @property
    def message_count(self) -> int:
        """Number of messages written so far."""
        return sum(self._writer.counts.values())

    def count(self, topic: str) -> int:
        """Return the number of messages written to one topic so far."""
        connection = self._connections.get(topic)
        return 0 if connection is None else self._writer.counts[connection.id]

    def describe(self, key: str, value: str) -> None:
        """Add an entry to the custom data, which is written when the bag is closed."""
        self._writer.set_custom_data(key, value)

    def message(self, kind: str, /, *values: Any, **fields: Any) -> Any:
        """Return a message with these field values.

        Raises:
            UnknownMessageType: The type's package is not installed or does not define the type.
        """
        self._require(kind)
        return self._typestore.types[kind](*values, **fields)

    def header(self, time_ns: int, frame: str) -> Any:
        """Return a std_msgs/Header stamped with nanoseconds since the epoch."""
        stamp = self.message('builtin_interfaces/msg/Time', *divmod(time_ns, 1_000_000_000))
        return self.message('std_msgs/msg/Header', stamp, frame)

    def add_topic(self, topic: str, kind: str, *, qos: Sequence[Qos] = ()) -> None:
        """Add a topic; `write` adds missing topics itself.

        Args:
            topic: Absolute name of the topic.
            kind: Type of its messages.
            qos: QoS profiles that its publishers offered.

        Raises:
            UnknownMessageType: The type's package is not installed or does not define the type.
        """
        self._require(kind)
        self._connections[topic] = self._writer.add_connection(
            topic, kind, typestore=self._typestore, offered_qos_profiles=qos
        )

    def write(self, topic: str, message: Any, time_ns: int) -> None:
        """Write a message built by `message`, with its arrival time [ns]."""
        kind = message.__msgtype__
        if topic not in self._connections:
            self.add_topic(topic, kind)
        self.write_serialized(topic, self._typestore.serialize_cdr(message, kind), time_ns)

    def write_serialized(self, topic: str, data: bytes | memoryview, time_ns: int) -> None:
        """Write a serialised message (CDR, as received) to a topic that was already added."""
        self._writer.write(self._connections[topic], time_ns, data)

    def _require(self, kind: str) -> None:
        """Register the definition of a type and of every type that it contains."""
        if kind in self._typestore.fielddefs:
            return
        package, _, name = kind.split('/')
        file = _definitions(package) / f'{name}.msg'
        if not file.is_file():
            raise UnknownMessageType(f'{package} is installed, but does not define {kind}')
        try:
            # Comments may have any encoding.
            types = get_types_from_msg(file.read_text(encoding='utf-8', errors='replace'), kind)
        except TypesysError as error:
            raise UnknownMessageType(f'{file} cannot be parsed: {error}') from error
        for _, fields in types.values():
            for _, field in fields:
                self._require_field(field)
        # Last, so that a type with an unknown part stays unknown.
        self._typestore.register(types)

    def _require_field(self, field: tuple[Nodetype, Any]) -> None:
        kind, detail = field
        if kind == Nodetype.NAME:
            self._require(detail)
        elif kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
            self._require_field(detail[0])


def _definitions(package: str) -> Path:
    """Return the folder that holds a package's .msg files."""
    prefixes = filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep))
    folders = [Path(prefix) / 'share' / package / 'msg' for prefix in prefixes]
    for folder in (*folders, Path(__file__).resolve().parents[2] / package / 'msg'):
        if folder.is_dir():
            return folder
    raise UnknownMessageType(
        f'package {package} is not installed: run colcon build and source install/setup.bash'
    )
