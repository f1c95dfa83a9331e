# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures policies: success rates in the simulator."""
