# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The console as a node: subscriptions, controls and startup.

Read `command` first.
"""
