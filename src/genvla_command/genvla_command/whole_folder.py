# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Folders and files that appear under their names only when they are complete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import shutil
import tempfile


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a new folder beside `out` to fill; it is renamed to `out` at the end.

    If filling it fails, the new folder is removed and `out` stays unchanged. A process that is
    killed leaves OUT.*.partial, which can be deleted. A process that is killed while it replaces a
    folder leaves the old one as OUT.*.replaced.

    Args:
        out: Folder to write; replaced if it exists.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f'{out.name}.', suffix='.partial', dir=out.parent))
    partial.chmod(0o755)
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial)
        raise
    if not out.exists():
        partial.rename(out)
        return
    old = partial.with_suffix('.replaced')
    out.rename(old)
    partial.rename(out)
    shutil.rmtree(old)


def check_free(out: Path) -> None:
    """Reject an output folder that already exists.

    Raises:
        FileExistsError: The path already exists.
    """
    if out.exists():
        raise FileExistsError(f'{out} already exists; delete it, or choose another folder')


def write_whole(path: Path, text: str) -> None:
    """Write a file that appears under its name only when complete; replace an existing one."""
    partial = path.with_suffix('.partial')
    partial.write_text(text, encoding='utf-8')
    partial.replace(path)
