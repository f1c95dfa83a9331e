# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""genvla eval replay."""

from genvla_eval.replay.command import main

if __name__ == '__main__':
    main()
