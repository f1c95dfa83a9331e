# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tasks, an expert that solves them, and the environment. Read `table_v` first."""
