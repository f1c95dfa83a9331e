# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Bring the nodes up, send them requests, and shut them down. Read `bring_up` first."""
