# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""python -m genvla_training.tiny_tower."""

from genvla_training.tiny_tower.command import main

if __name__ == '__main__':
    main()
