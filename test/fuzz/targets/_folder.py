# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder of good files, of which one after another is replaced by made-up bytes."""

from pathlib import Path
import shutil
import tempfile


class AttackedFolder:
    """The first byte of an input says which file; the others are what it holds then."""

    def __init__(self, write, *, longest=20_000):
        """Write the good files once, by write(folder) -> what is to be opened."""
        self._home = tempfile.TemporaryDirectory(prefix='genvla-fuzz-')
        good = Path(self._home.name) / 'good'
        good.mkdir()
        opened = write(good)
        self._root = Path(self._home.name) / 'attacked'
        shutil.copytree(good, self._root)
        self.path = self._root / opened.relative_to(good)
        self._files = {
            file.relative_to(good): file.read_bytes()
            for file in sorted(good.rglob('*'))
            if file.is_file() and file.stat().st_size <= longest
        }
        self._names = list(self._files)
        self._changed = None

    @property
    def seeds(self):
        return [bytes([n]) + self._files[name] for n, name in enumerate(self._names)]

    def put(self, data):
        """Replace one file; the one before is whole again. Returns what is to be opened."""
        name = self._names[data[0] % len(self._names)] if data else self._names[0]
        if self._changed is not None and self._changed != name:
            (self._root / self._changed).write_bytes(self._files[self._changed])
        (self._root / name).write_bytes(data[1:])
        self._changed = name
        return self.path
