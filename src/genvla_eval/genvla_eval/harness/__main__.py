# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""genvla serve."""

from genvla_eval.harness.command import main

if __name__ == '__main__':
    main()
