# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert recorded bags to a LeRobot data set. Read `command` first."""
