# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Find faults of a robot data set before training on it. Read `survey` first."""
