# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages of a recorded bag; parts that cannot be read are skipped and reported."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
import hashlib
from pathlib import Path
import re
from typing import Any

from rosbags.highlevel import AnyReader
from rosbags.interfaces import Connection
from rosbags.typesys import Stores, get_typestore
import yaml

_STORAGES = ('.mcap', '.db3')
_COMPRESSED = '.zstd'
_BLOCK_BYTES = 1 << 20


class BagError(ValueError):
    """A bag cannot be read, written or replayed; the message gives the reason and a remedy."""


@dataclass(frozen=True)
class Message:
    """One recorded message.

    Attributes:
        topic: Topic of the message.
        received_s: When the recorder received it [s since the epoch].
        body: The deserialised message.
    """

    topic: str
    received_s: float
    body: Any


@dataclass
class BagMessages:
    """One bag, which can be read any number of times and is never loaded as a whole.

    Attributes:
        path: Folder or file of a rosbag2 bag: sqlite3 or mcap. A file that ends in .zstd can be
            read only in a folder with a metadata.yaml.
        notices: One sentence for each thing that could not be read; grows while reading.
    """

    path: Path
    notices: list[str] = field(default_factory=list)
    _parts: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find the files that can be opened.

        Raises:
            BagError: The path does not exist, is a folder of bags, or no file can be opened.
        """
        if not self.path.exists():
            raise BagError(f'bag {self.path} does not exist')
        inside = sorted(self.path.glob('*/metadata.yaml')) if self.path.is_dir() else []
        if inside and not (self.path / 'metadata.yaml').exists():
            raise BagError(
                f'{self.path} is a folder of {len(inside)} bags; pass the bags: {self.path}/*'
            )
        whole = self._why_unreadable(self.path)
        if whole is None:
            self._parts = [self.path]
            return
        files = [file for file in self._files() if _storage(file) in _STORAGES]
        reasons = {file: self._why_unreadable(file) for file in files if file != self.path}
        self._parts = [file for file, reason in reasons.items() if reason is None]
        if not self._parts:
            of_files = '; '.join(f'{file.name}: {reason}' for file, reason in reasons.items())
            raise BagError(
                f'{self.path} cannot be read as a rosbag2 bag ({of_files or whole}); '
                '"mcap recover" or "sqlite3 .recover" may repair a truncated file'
            )
        for file, reason in reasons.items():
            if reason is not None:
                self.notices.append(
                    f'{file.name} is skipped: it cannot be read ({reason}); a recorder that was '
                    'killed leaves such a file, and "mcap recover" may save its messages'
                )

    @property
    def name(self) -> str:
        """Name in reports: the last two parts of the path, because many bags are called `bag`."""
        return '/'.join(self.path.absolute().parts[-2:])

    def connections(self) -> list[Connection]:
        """Return the connections: each topic with its type and its number of messages."""
        found: list[Connection] = []
        for part in self._parts:
            with _reader(part) as reader:
                found += reader.connections
        return found

    def end_s(self) -> float:
        """Return when the last message was recorded [s since the epoch]."""
        ends_ns = []
        for part in self._parts:
            with _reader(part) as reader:
                ends_ns.append(reader.end_time)
        return max(ends_ns) * 1e-9

    def read(
        self, topics: Collection[str], *, start_s: float | None = None, end_s: float | None = None
    ) -> Iterator[Message]:
        """Yield the messages of some topics in the order in which they were recorded.

        The rest of a damaged file is skipped. So is a message that cannot be deserialised, for
        example because its definition is not in the bag. Both add a notice.

        Args:
            topics: Names of the topics.
            start_s: Skip messages recorded before this time [s since the epoch].
            end_s: Skip messages recorded at this time or later [s since the epoch].
        """
        start_ns, end_ns = (
            None if time_s is None else round(time_s * 1e9) for time_s in (start_s, end_s)
        )
        for part in self._parts:
            with _reader(part) as reader:
                connections = [c for c in reader.connections if c.topic in topics]
                if connections:
                    messages = reader.messages(connections, start_ns, end_ns)
                    yield from self._read_part(part, reader, messages)

    def custom_data(self) -> dict[str, str]:
        """Return the recorder's custom data; empty if there is no readable metadata.yaml.

        For a single file, the metadata.yaml beside it is read if it lists the file.
        """
        folder = self.path if self.path.is_dir() else self.path.parent
        try:
            text = (folder / 'metadata.yaml').read_text(encoding='utf-8')
            about = yaml.safe_load(text)['rosbag2_bagfile_information']
            if folder != self.path and not any(
                name.removesuffix(_COMPRESSED) == self.path.name
                for name in about['relative_file_paths']
            ):
                return {}
            return {str(key): str(value) for key, value in (about['custom_data'] or {}).items()}
        except (AttributeError, OSError, KeyError, TypeError, ValueError, yaml.YAMLError):
            return {}

    def sha256(self) -> str:
        """Return the SHA-256 of the names and contents of all its files, in natural order."""
        digest = hashlib.sha256()
        for file in self._files():
            digest.update(file.name.encode())
            with file.open('rb') as opened:
                while block := opened.read(_BLOCK_BYTES):
                    digest.update(block)
        return digest.hexdigest()

    def _read_part(
        self, part: Path, reader: AnyReader, messages: Iterator[tuple[Connection, int, bytes]]
    ) -> Iterator[Message]:
        while True:
            try:
                connection, received_ns, data = next(messages)
            except StopIteration:
                return
            except Exception as error:
                # sqlite, zstd, mcap and rosbags each raise their own errors on unreadable data.
                self._notice(f'{part.name} is damaged; the rest of it is skipped: {error}')
                return
            try:
                body = reader.deserialize(data, connection.msgtype)
            except Exception as error:
                self._notice(
                    f'messages of {connection.topic} ({connection.msgtype}) cannot be read and '
                    f'are skipped: {error}'
                )
                continue
            yield Message(connection.topic, received_ns * 1e-9, body)

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)

    def _files(self) -> list[Path]:
        """Return the files in natural order: part 10 comes after part 9."""
        if self.path.is_file():
            return [self.path]
        return sorted(
            (file for file in self.path.iterdir() if file.is_file()),
            key=lambda file: [
                (part.isdecimal(), int(part) if part.isdecimal() else 0, part)
                for part in re.split(r'(\d+)', file.name)
            ],
        )

    @staticmethod
    def _why_unreadable(path: Path) -> str | None:
        if path.suffix == _COMPRESSED:
            return f'without a metadata.yaml, it must be unpacked: zstd -d {path.name}'
        try:
            with _reader(path):
                return None
        except Exception as error:
            # sqlite, zstd, mcap and rosbags each raise their own errors on unreadable files.
            return str(error) or type(error).__name__


def _storage(file: Path) -> str:
    """Return the suffix of a file's storage format, without a compression suffix."""
    return Path(file.name.removesuffix(_COMPRESSED)).suffix


def _reader(path: Path) -> AnyReader:
    return AnyReader([path], default_typestore=get_typestore(Stores.ROS2_JAZZY))
