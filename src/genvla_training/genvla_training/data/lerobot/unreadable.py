# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that cannot be read, said as BadData whichever library noticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pyarrow as pa

from genvla_training.data.episode import BadData


@contextmanager
def must_be_readable(path: Path, source: str) -> Iterator[None]:
    """Turn what pyarrow, PyAV and the operating system raise within into BadData.

    Args:
        path: The file that is read.
        source: What is read from it, for messages.

    Raises:
        BadData: The file is missing, truncated or of another kind.
    """
    if not path.is_file():
        raise BadData(f'{source}: {path} is missing; download it')
    try:
        yield
    except (pa.ArrowException, av.FFmpegError, OSError) as error:
        raise BadData(
            f'{source}: {path} cannot be read ({error}); it is truncated or only a Git LFS '
            'pointer: download it again'
        ) from error
