# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The checks that watch a moving arm, and stop it. Read `watchdogs` first."""
