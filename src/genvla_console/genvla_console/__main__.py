# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""genvla console."""

from genvla_console.ros.command import main

# The server starts its own processes under another name.
if __name__ in {'__main__', '__mp_main__'}:
    raise SystemExit(main())
