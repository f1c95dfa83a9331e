# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The console as a node: what it hears, what it may do, how it starts.

Read `command` first.
"""
