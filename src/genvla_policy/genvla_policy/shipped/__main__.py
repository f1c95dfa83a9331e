# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""python -m genvla_policy.shipped."""

from genvla_policy.shipped import SHIPPED_CHECKPOINT

if __name__ == '__main__':
    print(SHIPPED_CHECKPOINT)
