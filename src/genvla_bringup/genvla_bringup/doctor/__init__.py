# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Diagnose this computer, a checkpoint and the running robot: `genvla doctor`.

Read `command` first.
"""
