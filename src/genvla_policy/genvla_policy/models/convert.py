# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The former name of `genvla convert`."""

from genvla_command.moved import run_moved

if __name__ == '__main__':
    run_moved('genvla_policy.models.convert', to='genvla_policy.pretrained.convert')
