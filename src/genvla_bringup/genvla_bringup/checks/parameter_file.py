# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check whether a parameter file applies to a node; ROS silently ignores one that does not."""

from __future__ import annotations

from pathlib import Path
import re

import yaml


def objection(file: Path, node: str) -> str:
    """Return why a file would not change a node, or an empty string.

    The node itself checks the names and values of the parameters.

    Args:
        file: A ROS parameter file.
        node: Name of the node, in the root namespace.
    """
    try:
        content = yaml.safe_load(file.read_text())
    except OSError as error:
        return f'{file} cannot be read: {error.strerror}'
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return f'{file} is not valid YAML: {" ".join(str(error).split())}'
    if not isinstance(content, dict):
        return f'{file} is not a parameter file; expected {node}: ros__parameters: ...'
    if not any(_names(str(name), node) for name in content):
        return f'{file} has no parameters of {node}; it names {", ".join(map(str, content))}'
    return ''


def _names(pattern: str, node: str) -> bool:
    """Match as rcl does: ** is any number of namespaces, including none, * is one name."""
    parts = (
        re.escape(f'/{pattern.lstrip("/")}').replace(r'/\*\*', '(/.*)?').replace(r'\*', '[^/]*')
    )
    return re.fullmatch(parts, f'/{node}') is not None
