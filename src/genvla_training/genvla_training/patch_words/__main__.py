# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""genvla train words."""

from genvla_training.patch_words.command import main

if __name__ == '__main__':
    main()
