# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Inspect a data set before training on it. Read `command` first."""
