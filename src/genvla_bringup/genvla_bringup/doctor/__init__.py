# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with this computer, a checkpoint and the running robot: `genvla doctor`.

Read `command` first.
"""
