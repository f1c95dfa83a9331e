# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The safety rules, their limits, and their application to one step. Read `rules` first."""
