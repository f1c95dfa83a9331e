# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands under their former names."""

from __future__ import annotations

from importlib.util import find_spec
import runpy
import sys


def run_moved(former: str, *, to: str) -> None:
    """Run a module as a command and print a hint about its new name.

    Args:
        former: Former name of the module.
        to: Current name of the module.

    Raises:
        SystemExit: The module's package is not installed.
    """
    print(f'{former} is now {to}: python -m {to}', file=sys.stderr)
    if find_spec(to.partition('.')[0]) is None:
        raise SystemExit(f'{to} is part of the repository: run it from the root of a clone')
    runpy.run_module(to, run_name='__main__', alter_sys=True)
