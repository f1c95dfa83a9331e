# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The scene in MuJoCo, and an arm that moves in it. Read `tabletop_simulation` first."""
