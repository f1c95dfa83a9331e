# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The demo's checkpoints with random weights: each made once, and kept."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import hashlib
import importlib.metadata
import os
from pathlib import Path
import shutil
import signal
import sys
import tempfile

import genvla_policy

_LIBRARIES = ('safetensors', 'tokenizers', 'torch', 'transformers')


def kept_folder(cache: Path, *, seed: int, horizon: int) -> Path:
    """Returns where a cache has a checkpoint once it is made; named after all that decides it."""
    return cache / f'seed{seed}_horizon{horizon}_{recipe_digest()}'


def recipe_digest() -> str:
    """Returns a digest of what makes tiny checkpoints: genvla_policy and the libraries it uses."""
    digest = hashlib.sha256()
    package = Path(genvla_policy.__file__).parent
    for file in sorted(package.rglob('*.py')):
        digest.update(f'{file.relative_to(package)}\n'.encode())
        digest.update(file.read_bytes())
    for library in _LIBRARIES:
        digest.update(f'{library} {importlib.metadata.version(library)}\n'.encode())
    return digest.hexdigest()[:12]


def make(folder: Path, *, seed: int, horizon: int) -> None:
    """Write the checkpoint of `kept_folder`, which appears when it is whole.

    What an older recipe made is removed: nobody would ever find it again.
    """
    # Here and not above: PyTorch takes seconds to import, and the demo needs none of it.
    from genvla_policy.models.tiny import tiny_config, write_tiny_checkpoint

    cache = folder.parent
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix='.draft_') as draft:
        made = Path(draft) / 'checkpoint'
        write_tiny_checkpoint(made, tiny_config(horizon=horizon), seed=seed)
        if not folder.is_dir():  # another demo may have been faster
            made.rename(folder)
    digest = folder.name.rpartition('_')[2]
    for other in cache.glob('seed*'):
        if not other.name.endswith(digest):
            shutil.rmtree(other)


def link(kept: Path, folder: Path) -> None:
    """Make `folder` hold a checkpoint of the cache by hard links, which take no room."""
    shutil.copytree(kept, folder, copy_function=os.link)


def main(args: Sequence[str] | None = None) -> None:
    """Make one checkpoint of a cache."""
    parser = argparse.ArgumentParser(prog='tiny_checkpoint', description=__doc__)
    parser.add_argument('folder', type=Path, help='the folder to make, as kept_folder names it')
    parser.add_argument('--seed', type=int, required=True, help='decides the weights')
    parser.add_argument('--horizon', type=int, required=True, help='steps per chunk')
    options = parser.parse_args(args)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without removing the draft
    make(options.folder, seed=options.seed, horizon=options.horizon)


if __name__ == '__main__':
    main()
