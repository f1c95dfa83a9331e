# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the answers as a recording for Rerun's viewer: pictures, paths and every dimension."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from genvla_bags.asking import Moment
from genvla_command.end_effector_action import ACTION_NAMES
from genvla_eval.replay.answers import Row
from genvla_eval.replay.errors import SCALE_A
from genvla_eval.replay.worst import PREDICTED_RGB, REFERENCE_RGB, path_of

_JPEG_QUALITY = 80


class RerunMissing(RuntimeError):
    """The optional package rerun-sdk is not installed."""


class RerunRecording:
    """Writes an .rrd file moment by moment; open it with `rerun FILE`."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            RerunMissing: rerun-sdk is not installed.
        """
        try:
            import rerun
        except ImportError as error:
            raise RerunMissing(
                '--rerun needs the package rerun-sdk: pip install rerun-sdk'
            ) from error
        self._rerun: Any = rerun
        self._stream = rerun.RecordingStream('genvla_replay')
        self._stream.save(path)

    def __enter__(self) -> RerunRecording:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the remaining data."""
        self._stream.disconnect()

    def add(self, checkpoint: str, moment: Moment, row: Row) -> None:
        """Write one answer of a checkpoint at the time of its picture."""
        rerun, stream = self._rerun, self._stream
        stream.set_time('recorded', timestamp=row.time_s)
        picture = rerun.Image(moment.images[0]).compress(jpeg_quality=_JPEG_QUALITY)
        stream.log('camera', picture)
        stream.log('instruction', rerun.TextLog(row.instruction))
        stream.log(f'{checkpoint}/text', rerun.TextLog(row.text))
        for side, actions, colour in (
            (checkpoint, row.predicted_HA, PREDICTED_RGB),
            ('recorded', row.reference_HA, REFERENCE_RGB),
        ):
            first_A = actions[row.num_committed] * SCALE_A
            for name, value in zip(ACTION_NAMES, first_A, strict=True):
                stream.log(f'{name}/{side}', rerun.Scalars(float(value)))
            if row.q is not None:
                way = rerun.LineStrips3D([path_of(row.q, actions)], colors=[colour])
                stream.log(f'space/{side}', way)
