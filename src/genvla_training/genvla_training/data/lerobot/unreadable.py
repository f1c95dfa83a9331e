# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Report unreadable files as BadData, whichever library detects them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pyarrow as pa

from genvla_training.data.episode import BadData


@contextmanager
def must_be_readable(path: Path, source: str) -> Iterator[None]:
    """Convert errors of pyarrow, PyAV and the operating system to BadData.

    Args:
        path: The file to read.
        source: Description of the data, for messages.

    Raises:
        BadData: The file is missing, truncated or in another format.
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
