# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What small moves of the arm reveal about it. Read `verdicts` first."""
