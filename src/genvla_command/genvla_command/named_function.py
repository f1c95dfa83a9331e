# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Import a user's own function by its name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
import sys
from typing import Any


def named_function(name: str) -> Callable[..., Any]:
    """Return the function that MODULE:FUNCTION names.

    The module is installed or in the current folder. The current folder is appended to sys.path,
    because a console script does not search it; worker processes inherit the search path.

    Raises:
        ValueError: The module cannot be imported, or it has no such function.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    module, _, function = name.partition(':')
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f'{name!r} cannot be imported: {error}; expected MODULE:FUNCTION of a module in the '
            'current folder, or of an installed one'
        ) from error
    if not callable(found):
        raise ValueError(f'{name!r} is {found!r:.40}, expected MODULE:FUNCTION')
    return found  # type: ignore[no-any-return]
