# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands under their former names."""

from __future__ import annotations

import runpy
import sys


def run_moved(former: str, *, to: str) -> None:
    """Run a module as a command and print a hint about its new name.

    Args:
        former: The name it was called by.
        to: Its name now.
    """
    print(f'{former} is now {to}: python -m {to}', file=sys.stderr)
    runpy.run_module(to, run_name='__main__', alter_sys=True)
