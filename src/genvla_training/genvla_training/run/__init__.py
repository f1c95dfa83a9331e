# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The training loop: one process or many, resumable. Read `trainer` first."""
