# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run `genvla demo`."""

from genvla_bringup.demo.command import main

if __name__ == '__main__':
    raise SystemExit(main())
