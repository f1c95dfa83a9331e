# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check whether a parameter file applies to a node; ROS silently ignores one that does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
import re
from typing import Any

import yaml

_PARAMETERS = 'ros__parameters'


def check_files(launch_arguments: Mapping[str, str], node: str, *names: str) -> None:
    """Reject parameter files that are missing or would not change a node.

    Args:
        launch_arguments: Values of all launch arguments, with the namespace.
        node: Name of the node in that namespace.
        names: Launch arguments that name the files.

    Raises:
        ValueError: A file is missing or wrong; ROS would ignore it, so its limits would not apply.
    """
    full_name = f'{launch_arguments["namespace"].rstrip("/")}/{node}'
    for name in names:
        wrong = objection(Path(launch_arguments[name]), full_name)
        if wrong:
            raise ValueError(f'{name}: {wrong}')


def objection(file: Path, node: str) -> str:
    """Return why a file would not change a node, or an empty string.

    The node itself checks the names and values of the parameters.

    Args:
        file: A ROS parameter file.
        node: Name of the node with its namespace, such as left/viperx_bridge.
    """
    node = f'/{node.strip("/")}'
    anywhere = f'/**/{node.rpartition("/")[2]}'
    try:
        content = yaml.safe_load(file.read_text())
        found = list(_node_names(content)) if isinstance(content, dict) else []
    except OSError as error:
        return f'{file} cannot be read: {error.strerror}'
    except (RecursionError, UnicodeDecodeError, yaml.YAMLError) as error:
        return f'{file} is not valid YAML: {" ".join(str(error).split())}'
    if not isinstance(content, dict):
        return f'{file} is not a parameter file; expected {anywhere}: {_PARAMETERS}: ...'
    if not any(_names(pattern, node) for pattern in found):
        return (
            f'{file} has no parameters of {node}; it names {", ".join(found) or "no node"}; write '
            f'{anywhere}, which fits every namespace'
        )
    return ''


def _node_names(content: Mapping[Any, Any], namespace: str = '') -> Iterator[str]:
    """Yield the nodes that a file names; namespaces may be keys of their own."""
    for key, value in content.items():
        name = f'{namespace}/{key}' if namespace else str(key)
        if isinstance(value, dict) and _PARAMETERS not in value:
            yield from _node_names(value, name)
        else:
            yield name


def _names(pattern: str, node: str) -> bool:
    """Match as rcl does: ** is any number of namespaces, including none, * is one name."""
    parts = (
        re.escape(f'/{pattern.lstrip("/")}').replace(r'/\*\*', '(/.*)?').replace(r'\*', '[^/]*')
    )
    return re.fullmatch(parts, node) is not None
