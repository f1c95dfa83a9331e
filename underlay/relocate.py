# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Rewrite the build machine's paths in the ROS 2 wheels' CMake files for this environment.

The wheels' exports name the interpreter that built them (`/opt/python/cp311-cp311/...`). To build
interfaces against them, CMake needs this interpreter's headers and this environment's
site-packages instead. A second run changes nothing.
"""

from __future__ import annotations

from pathlib import Path
import re
import sys
import sysconfig

BUILD_INCLUDE = re.compile(r'/opt/python/cp3\d+-cp3\d+/include/python3\.\d+')
BUILD_SITE_PACKAGES = re.compile(r'/opt/python/cp3\d+-cp3\d+/lib/python3\.\d+/site-packages')


def relocate(share: Path, *, include: str, site_packages: str) -> int:
    """Rewrite every CMake file below `share`; return the number of changed files."""
    changed = 0
    for path in share.rglob('*.cmake'):
        text = path.read_text(encoding='utf-8', errors='surrogateescape')
        # Use functions instead of templates, because a path may contain a backslash or a group
        # reference.
        moved = BUILD_INCLUDE.sub(lambda _: include, text)
        moved = BUILD_SITE_PACKAGES.sub(lambda _: site_packages, moved)
        if moved != text:
            path.write_text(moved, encoding='utf-8', errors='surrogateescape')
            changed += 1
    return changed


if __name__ == '__main__':
    paths = sysconfig.get_paths()
    num_changed = relocate(
        Path(sys.prefix) / 'share', include=paths['include'], site_packages=paths['purelib']
    )
    print(f'relocated {num_changed} CMake files')
