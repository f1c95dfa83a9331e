# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""From an observation to a chunk of actions. Read `policy` first."""
