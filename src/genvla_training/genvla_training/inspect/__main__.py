# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""python -m genvla_training.inspect."""

from genvla_training.inspect.command import main

if __name__ == '__main__':
    main()
