# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The objects on the table, their positions and their look. Read `objects` first."""
