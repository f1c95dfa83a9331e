# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Record bags from the running graph. Read `graph_recorder` first."""
