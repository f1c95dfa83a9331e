# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The former name of `genvla data record`."""

from genvla_command.moved import run_moved

if __name__ == '__main__':
    run_moved('genvla_bringup.recorder', to='genvla_bringup.recording.graph_recorder')
