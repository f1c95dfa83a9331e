# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bring the nodes up, ask them for something, and shut them down. Read `bring_up` first."""
