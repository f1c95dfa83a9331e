# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What is watched while the arm moves, and stops it. Read `watchdogs` first."""
