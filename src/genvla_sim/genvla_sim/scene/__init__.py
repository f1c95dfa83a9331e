# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What is on the table, where it is, and how it looks. Read `objects` first."""
