# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The option of a command for a checkpoint: its folder, or the name of a shipped one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from genvla_policy.shipped import SHIPPED_CHECKPOINT


def checkpoint_folder(name: str) -> Path:
    """Return the folder of a shipped checkpoint by its name ("tiny"), or else the path itself.

    A folder of that name in the working directory takes precedence.
    """
    path, shipped = Path(name), SHIPPED_CHECKPOINT.parent / name
    is_name = len(path.parts) == 1 and shipped.is_dir() and not path.exists()
    return shipped if is_name else path


def _shown(path: Path) -> str:
    """Return the name of a shipped checkpoint, or else the path."""
    return path.name if path.parent == SHIPPED_CHECKPOINT.parent else str(path)


CheckpointFolder = Annotated[
    Path,
    tyro.constructors.PrimitiveConstructorSpec[Path](
        nargs=1,
        metavar='FOLDER',
        instance_from_str=lambda given: checkpoint_folder(given[0]),
        is_instance=lambda instance: isinstance(instance, Path),
        str_from_instance=lambda path: [_shown(path)],
    ),
]
