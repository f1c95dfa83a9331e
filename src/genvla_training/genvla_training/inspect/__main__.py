# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""genvla data inspect."""

from genvla_training.inspect.command import main

if __name__ == '__main__':
    main()
