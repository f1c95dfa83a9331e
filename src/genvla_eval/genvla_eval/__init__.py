# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures policies: closed loop in the simulator, and against recorded bags."""
