# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""genvla data convert."""

from genvla_training.bags_to_lerobot.command import main

if __name__ == '__main__':
    main()
