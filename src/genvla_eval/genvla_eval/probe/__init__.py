# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure what a checkpoint's vision towers distinguish, and how far training has moved them.

Read `command` first.
"""
