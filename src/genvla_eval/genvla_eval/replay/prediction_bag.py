# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the answers as a bag of standard messages, to open beside the recording in Foxglove."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_bags.bag_writer import BagWriter
from genvla_bags.topics import BASE_FRAME
from genvla_eval.replay.answers import Row
from genvla_eval.replay.worst import path_of

Array = NDArray[np.float64]

_SIDES = ('predicted', 'reference')


def write_predictions(path: Path, rows: Iterable[Row]) -> None:
    """Write a bag (mcap) of predicted and recorded actions, at the time of each picture.

    Topics: /replay/predicted/step (geometry_msgs/Vector3Stamped: the first translation [m]),
    /replay/predicted/gripper (std_msgs/Float64), /replay/predicted/path (nav_msgs/Path: the
    chunk's path from the measured pose), the same under /replay/reference, and /replay/text,
    /replay/instruction (std_msgs/String), /replay/error_mm (std_msgs/Float64).

    Args:
        path: Folder to write; must not exist.
        rows: The answers.
    """
    with BagWriter(path) as bag:
        for row in rows:
            _write(bag, row)


def _write(bag: BagWriter, row: Row) -> None:
    time_ns = round(row.time_s * 1e9)

    def write(topic: str, kind: str, *values: Any) -> None:
        bag.write(f'/replay/{topic}', bag.message(kind, *values), time_ns)

    write('instruction', 'std_msgs/msg/String', row.instruction)
    write('text', 'std_msgs/msg/String', row.text)
    if np.isfinite(row.translation_error_mm):
        write('error_mm', 'std_msgs/msg/Float64', row.translation_error_mm)
    header = bag.header(time_ns, BASE_FRAME)
    for side, actions in zip(_SIDES, (row.predicted_HA, row.reference_HA), strict=True):
        first = actions[row.num_committed]
        if np.isfinite(first).all():
            step = bag.message('geometry_msgs/msg/Vector3', *first[:3].tolist())
            write(f'{side}/step', 'geometry_msgs/msg/Vector3Stamped', header, step)
            write(f'{side}/gripper', 'std_msgs/msg/Float64', float(first[6]))
        if row.q is not None:
            poses = [_pose(bag, header, point) for point in path_of(row.q, actions)]
            write(f'{side}/path', 'nav_msgs/msg/Path', header, poses)


def _pose(bag: BagWriter, header: Any, point: Array) -> Any:
    """Return a geometry_msgs/PoseStamped at a point (3,) [m]."""
    position = bag.message('geometry_msgs/msg/Point', *point.tolist())
    upright = bag.message('geometry_msgs/msg/Quaternion', 0.0, 0.0, 0.0, 1.0)
    pose = bag.message('geometry_msgs/msg/Pose', position, upright)
    return bag.message('geometry_msgs/msg/PoseStamped', header, pose)
