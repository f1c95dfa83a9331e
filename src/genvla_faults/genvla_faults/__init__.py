# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Inject faults into the running loop while the arm moves, and record what the arm did."""
