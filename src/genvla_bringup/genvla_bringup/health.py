# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The former name of `python -m genvla_bringup.operate.health`."""

from genvla_command.moved import run_moved

if __name__ == '__main__':
    run_moved('genvla_bringup.health', to='genvla_bringup.operate.health')
