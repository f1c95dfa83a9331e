# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Print the folder of the shipped checkpoint: python -m genvla_policy.shipped."""

from genvla_command.command_line import NoOptions, parse
from genvla_policy import shipped

if __name__ == '__main__':
    parse(NoOptions, module='genvla_policy.shipped', description=shipped.__doc__)
    print(shipped.SHIPPED_CHECKPOINT)
