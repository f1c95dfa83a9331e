# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the vision towers of a checkpoint tell apart, and how far training has moved them.

Read `command` first.
"""
