# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Versions of the software that results were produced with."""

from __future__ import annotations

from collections.abc import Sequence
import importlib.metadata
import platform


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of Python and of some installed packages."""
    return {
        'python': platform.python_version(),
        **{package: importlib.metadata.version(package) for package in packages},
    }
