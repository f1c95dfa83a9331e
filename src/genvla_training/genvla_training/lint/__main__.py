# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the command; see command.py."""

from genvla_training.lint.command import main

if __name__ == '__main__':
    main()
