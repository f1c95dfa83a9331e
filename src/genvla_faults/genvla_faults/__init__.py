# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: the whole loop as processes, broken in motion, and what the arm did."""
