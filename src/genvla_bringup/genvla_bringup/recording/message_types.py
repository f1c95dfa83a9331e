# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Message types by their ROS name: the Python class, and the definition that goes into a bag."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore


class UnknownMessageType(LookupError):
    """A topic has a type that is not installed here."""


def message_class(name: str) -> type:
    """Returns the Python class of a message such as `sensor_msgs/msg/Image`.

    Raises:
        UnknownMessageType: its package is not installed or has no such message.
    """
    package, kind, short = name.split('/')
    try:
        found: type = getattr(importlib.import_module(f'{package}.{kind}'), short)
    except (ImportError, AttributeError) as error:
        raise UnknownMessageType(
            f'no message {name} in this installation; build {package} and source it'
        ) from error
    return found


class InstalledDefinitions:
    """Definitions for writing bags: ROS 2 Jazzy's own, and those of installed packages."""

    def __init__(self) -> None:
        """Start with the packages that rosbags brings along."""
        self.typestore: Typestore = get_typestore(Stores.ROS2_JAZZY)

    def require(self, name: str) -> None:
        """Make `typestore` know a message type and all that it contains.

        Raises:
            UnknownMessageType: a package is not installed or ships no such definition.
        """
        if name in self.typestore.fielddefs:
            return
        package = name.split('/')[0]
        self._register_package(package)
        if name not in self.typestore.fielddefs:
            raise UnknownMessageType(f'{package} is installed, but without a definition of {name}')

    def _register_package(self, package: str) -> None:
        try:
            folder = Path(get_package_share_directory(package)) / 'msg'
        except PackageNotFoundError as error:
            raise UnknownMessageType(f'package {package} is not installed') from error
        types = {}
        for file in sorted(folder.glob('*.msg')):
            types.update(get_types_from_msg(file.read_text(), f'{package}/msg/{file.stem}'))
        self.typestore.register(types)
        for _, fields in types.values():
            for _, field_type in fields:
                self._require_field(field_type)

    def _require_field(self, field_type: tuple[Nodetype, Any]) -> None:
        kind, detail = field_type
        if kind == Nodetype.NAME:
            self.require(detail)
        elif kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
            self._require_field(detail[0])
