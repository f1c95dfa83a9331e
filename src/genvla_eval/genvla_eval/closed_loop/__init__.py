# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy that acts in the simulator. Read `virtual_time` first."""
