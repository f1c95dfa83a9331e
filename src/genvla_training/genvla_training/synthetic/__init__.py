# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Data sets from the simulator: demonstrations, and questions about its pictures.

Read `demonstrations` first.
"""
