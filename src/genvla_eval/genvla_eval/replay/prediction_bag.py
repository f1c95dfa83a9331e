# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The answers as a bag of standard messages, to be opened beside the recording in Foxglove."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from genvla_eval.replay.answers import Row
from genvla_eval.replay.worst import path_of

Array = NDArray[np.float64]

BASE_FRAME = 'vx300s/base_link'
_SIDES = ('predicted', 'reference')


def write_predictions(path: Path, rows: Iterable[Row]) -> None:
    """Write a bag (mcap) of what was answered and what was done, at the time of each picture.

    Topics: /replay/predicted/step (geometry_msgs/Vector3Stamped: the first translation [m]),
    /replay/predicted/gripper (std_msgs/Float64), /replay/predicted/path (nav_msgs/Path: where the
    chunk leads from the measured pose), the same under /replay/reference, and /replay/text,
    /replay/instruction (std_msgs/String), /replay/error_mm (std_msgs/Float64).

    Args:
        path: Folder to write; must not exist.
        rows: Answers.
    """
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        bag = _Bag(writer)
        for row in rows:
            bag.add(row)


class _Bag:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._store = get_typestore(Stores.ROS2_JAZZY)
        self._connections: dict[str, Connection] = {}

    def add(self, row: Row) -> None:
        types = self._store.types
        string, number = types['std_msgs/msg/String'], types['std_msgs/msg/Float64']
        time_ns = round(row.time_s * 1e9)
        self._write('/replay/instruction', string(row.instruction), time_ns)
        self._write('/replay/text', string(row.text), time_ns)
        if np.isfinite(row.translation_error_mm):
            self._write('/replay/error_mm', number(row.translation_error_mm), time_ns)
        for side, actions in zip(_SIDES, (row.predicted_HA, row.reference_HA), strict=True):
            if np.isfinite(actions[0]).all():
                self._write(f'/replay/{side}/step', self._vector(actions[0], time_ns), time_ns)
                gripper = number(float(actions[0, 6]))
                self._write(f'/replay/{side}/gripper', gripper, time_ns)
            if row.q is not None:
                way = self._path(path_of(row.q, actions), time_ns)
                self._write(f'/replay/{side}/path', way, time_ns)

    def _vector(self, action: Array, time_ns: int) -> Any:
        types = self._store.types
        x, y, z = action[:3].tolist()
        return types['geometry_msgs/msg/Vector3Stamped'](
            self._header(time_ns), types['geometry_msgs/msg/Vector3'](x, y, z)
        )

    def _path(self, points_N3: Array, time_ns: int) -> Any:
        types = self._store.types
        upright = types['geometry_msgs/msg/Quaternion'](0.0, 0.0, 0.0, 1.0)
        poses = [
            types['geometry_msgs/msg/PoseStamped'](
                self._header(time_ns),
                types['geometry_msgs/msg/Pose'](
                    types['geometry_msgs/msg/Point'](*point.tolist()), upright
                ),
            )
            for point in points_N3
        ]
        return types['nav_msgs/msg/Path'](self._header(time_ns), poses)

    def _header(self, time_ns: int) -> Any:
        types = self._store.types
        stamp = types['builtin_interfaces/msg/Time'](*divmod(time_ns, 1_000_000_000))
        return types['std_msgs/msg/Header'](stamp, BASE_FRAME)

    def _write(self, topic: str, message: Any, time_ns: int) -> None:
        kind = message.__msgtype__
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic, kind, typestore=self._store
            )
        data = self._store.serialize_cdr(message, kind)
        self._writer.write(self._connections[topic], time_ns, data)
